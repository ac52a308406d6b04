/**
 * The gateway. A request comes in through {@code door}, which decides whether it may pass from what
 * {@code waitingroom} knows of its ticket; {@code forward} carries it to the upstream. {@code
 * timers} let the next ones in, {@code ops} is what operators hold in their hands, {@code meters}
 * what is counted.
 */
@NullMarked
package dev.stagedoor.gateway;

import org.jspecify.annotations.NullMarked;
