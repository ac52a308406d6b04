package dev.stagedoor.gateway.access;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;

/** Whether a request may pass, and why not. */
public sealed interface Decision {

    record Passed(Ticket ticket) implements Decision {}

    /** Passes although nobody can vouch for it, because the room is set so. */
    record FailedOpen(Ticket ticket) implements Decision {}

    record Missing() implements Decision {}

    record Invalid() implements Decision {}

    record Waiting(Ticket ticket, long ahead) implements Decision {}

    record Ended(EndReason reason) implements Decision {}

    record Closed() implements Decision {}

    record Unavailable() implements Decision {}

    /** How meters call it. */
    default String outcome() {
        return switch (this) {
            case Passed _ -> "passed";
            case FailedOpen _ -> "fail_open";
            case Missing _ -> "missing";
            case Invalid _ -> "invalid";
            case Waiting _ -> "waiting";
            case Ended _ -> "ended";
            case Closed _ -> "closed";
            case Unavailable _ -> "unavailable";
        };
    }
}
