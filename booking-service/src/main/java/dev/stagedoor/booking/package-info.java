/** Sells seats: the program, and nothing that knows how. */
@NullMarked
package dev.stagedoor.booking;

import org.jspecify.annotations.NullMarked;
