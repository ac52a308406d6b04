package dev.stagedoor.gateway.waitingroom;

import java.time.Instant;

/** Where a ticket stands now. */
public sealed interface Standing {

    /**
     * @param ahead how many go in before
     */
    record Waiting(long ahead) implements Standing {}

    /**
     * @param until the end of the session, unless it is lengthened
     */
    record Active(Instant until) implements Standing {}

    record Ended(EndReason reason) implements Standing {}
}
