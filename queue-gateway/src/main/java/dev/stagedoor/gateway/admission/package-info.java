/** When the next ones may go in: the timers that let a room tick. */
@NullMarked
package dev.stagedoor.gateway.admission;

import org.jspecify.annotations.NullMarked;
