package dev.stagedoor.gateway.gate;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.util.Optional;

/** Whether a request may pass, and why not. */
public sealed interface Decision {

    record Passed(Ticket ticket) implements Decision {}

    /** Passes although nobody can vouch for it, because the room is set so. */
    record FailedOpen(Ticket ticket) implements Decision {}

    /** Passes without a turn, because the room is open to everybody; perhaps without a ticket. */
    record WalkedIn(Optional<Ticket> ticket) implements Decision {}

    record Missing() implements Decision {}

    record Invalid() implements Decision {}

    record Waiting(Ticket ticket, long ahead) implements Decision {}

    record Ended(EndReason reason) implements Decision {}

    record Closed() implements Decision {}

    record Unavailable() implements Decision {}

    default boolean passes() {
        return switch (this) {
            case Passed _, FailedOpen _, WalkedIn _ -> true;
            case Missing _, Invalid _, Waiting _, Ended _, Closed _, Unavailable _ -> false;
        };
    }

    /** How meters call it. */
    default String outcome() {
        return switch (this) {
            case Passed _ -> "passed";
            case FailedOpen _ -> "fail_open";
            case WalkedIn _ -> "walked_in";
            case Missing _ -> "missing";
            case Invalid _ -> "invalid";
            case Waiting _ -> "waiting";
            case Ended _ -> "ended";
            case Closed _ -> "closed";
            case Unavailable _ -> "unavailable";
        };
    }
}
