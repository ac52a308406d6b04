/**
 * What is played, when, and which seats are free: read by everybody, so answered from memory that
 * is at most a second old and forgotten at once when this instance changes a seat.
 */
@NullMarked
package dev.stagedoor.booking.catalogue;

import org.jspecify.annotations.NullMarked;
