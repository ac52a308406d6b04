/**
 * Looks whether everything that must be true of a sale is true, on a live database, in one
 * consistent view of it. Knows the tables and nothing of the program that writes them.
 */
@NullMarked
package dev.stagedoor.booking.audit;

import org.jspecify.annotations.NullMarked;
