package dev.stagedoor.booking.store;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import java.time.Duration;

/** Why the database did not do what it was asked to, by what somebody has to do about it. */
public enum Outage {
    /** Too much at once, or a row that somebody else holds: passes by itself. */
    BUSY(true),
    /** Not reached, or gone while it was asked. */
    AWAY(true),
    /** Has become a standby, or was told to accept no writes: the primary is another one now. */
    READ_ONLY(true),
    /** Lets this service in no more: password, role, rights, or no such database. */
    LOCKED_OUT(false),
    /** Has no such table, column or function: not migrated yet, or to another version. */
    NOT_MIGRATED(false),
    /** Out of disk or memory. */
    FULL(false),
    /** Its files cannot be read, an index is corrupted, or it has met a fault of its own. */
    DAMAGED(false),
    /** Something that we have no name for. */
    UNKNOWN(false);

    private final boolean passes;

    Outage(boolean passes) {
        this.passes = passes;
    }

    /** Whoever asks again in a second may be served, or not before somebody has done something. */
    public Problem problem() {
        return passes
                ? Problem.of(ProblemCode.BOOKING_BUSY).retryAfter(Duration.ofSeconds(1))
                : Problem.of(ProblemCode.BOOKING_UNAVAILABLE).retryAfter(Duration.ofSeconds(10));
    }
}
