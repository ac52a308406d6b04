/**
 * A room as this gateway runs it: where tickets stand, joins, ticks, and what is restored after a
 * loss.
 */
@NullMarked
package dev.stagedoor.gateway.waitingroom.room;

import org.jspecify.annotations.NullMarked;
