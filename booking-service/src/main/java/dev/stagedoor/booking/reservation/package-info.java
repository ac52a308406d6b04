/**
 * Holding seats: one or several of one evening, all or none, for a few minutes. A reservation has a
 * ticket per seat and one payment; the three move together.
 */
@NullMarked
package dev.stagedoor.booking.reservation;

import org.jspecify.annotations.NullMarked;
