package dev.stagedoor.gateway.waitingroom.operators;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * All that is known of one ticket. What is not known, or was never the case, is null.
 *
 * @param sequence of the ticket; 0 if the user never had one that is remembered
 * @param holds the sequence of the ticket that the user holds now, which may be another one; 0 for
 *     none
 * @param ahead how many go in before, of one who waits
 * @param joined to a second
 * @param lastSeen the last poll of one who waits, the last use of one inside
 * @param until the end of the session
 */
public record Explanation(
        UserId user,
        long sequence,
        State state,
        long holds,
        long ahead,
        @Nullable EndReason reason,
        @Nullable Instant joined,
        @Nullable Instant admitted,
        @Nullable Instant lastSeen,
        @Nullable Instant until,
        @Nullable Instant ended) {

    /** {@code ABSENT}: nothing is remembered of it. */
    public enum State {
        WAITING,
        ACTIVE,
        ENDED,
        ABSENT
    }
}
