/**
 * Who has which seat.
 *
 * <p>A seat of one schedule is a row with a status: AVAILABLE, HELD until a deadline, SOLD, or
 * BLOCKED by the organizer. Every move is one conditional {@code UPDATE} that names the state it
 * expects and reports how many rows it won; PostgreSQL decides, by row locks and by the constraints
 * in {@code db/booking}.
 *
 * <p>A hold past its deadline is free. Nothing has to happen for that: every statement here
 * compares the deadline with the database's clock, and whoever claims such a seat displaces its old
 * ticket in the same transaction.
 *
 * <p>In front of it stands a lock per seat in Redis, which carries no truth at all: it turns a
 * thousand simultaneous claims on one seat into instant refusals that never touch the connection
 * pool. Without Redis everything stays right and becomes slower.
 */
@NullMarked
package dev.stagedoor.booking.seat;

import org.jspecify.annotations.NullMarked;
