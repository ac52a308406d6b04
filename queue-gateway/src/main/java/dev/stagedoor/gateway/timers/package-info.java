/** Who ticks, flushes and listens: every timer of the line. */
@NullMarked
package dev.stagedoor.gateway.timers;

import org.jspecify.annotations.NullMarked;
