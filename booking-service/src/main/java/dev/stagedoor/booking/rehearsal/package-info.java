/**
 * What a booking service plays to itself before it is ready: a second one, put together of the same
 * parts, on a PostgreSQL that is not there. Nothing of it is left when it is over.
 */
@NullMarked
package dev.stagedoor.booking.rehearsal;

import org.jspecify.annotations.NullMarked;
