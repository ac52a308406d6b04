package dev.stagedoor.gateway.access;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.util.Locale;

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
        String name = getClass().getSimpleName();
        return name.equals("FailedOpen") ? "fail_open" : name.toLowerCase(Locale.ROOT);
    }
}
