/**
 * In front of the sale stands a lock per seat in Redis, which carries no truth at all: it turns a
 * thousand simultaneous claims on one seat into instant refusals that never touch the connection
 * pool. Without Redis everything stays right and becomes slower.
 */
@NullMarked
package dev.stagedoor.booking.seat;

import org.jspecify.annotations.NullMarked;
