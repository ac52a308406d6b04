package dev.stagedoor.gateway.answer;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import java.util.Optional;

/** Whether a request may pass, and why not. */
public sealed interface Decision {

    /** Where it is carried on to the upstream, and where it ends here. */
    sealed interface Passing extends Decision {}

    sealed interface Refusing extends Decision {}

    /** At a path that needs no turn. */
    record PassedOpenPath(Room room) implements Passing {}

    /** At a path where to have signed in is enough. */
    record PassedSignedIn(Room room, Bearer bearer) implements Passing {}

    record Passed(Room room, Ticket ticket) implements Passing {}

    /** Passes although nobody can vouch for it, because the room is set so. */
    record FailedOpen(Room room, Ticket ticket) implements Passing {}

    /** Passes without a turn, because the room is open to everybody; perhaps without a ticket. */
    record WalkedIn(Room room, Optional<Ticket> ticket) implements Passing {}

    /** More than may be had in a second without a turn. */
    record Throttled(Room room) implements Refusing {}

    record Missing(Room room) implements Refusing {}

    record Invalid(Room room) implements Refusing {}

    record Waiting(Room room, Ticket ticket, long ahead) implements Refusing {}

    record Ended(Room room, EndReason reason) implements Refusing {}

    record Closed(Room room) implements Refusing {}

    record Unavailable(Room room) implements Refusing {}

    /** The room that guards the path. */
    Room room();

    /** How meters call it. */
    default String outcome() {
        return switch (this) {
            case PassedOpenPath _ -> "open_path";
            case PassedSignedIn _ -> "signed_in";
            case Passed _ -> "passed";
            case FailedOpen _ -> "fail_open";
            case WalkedIn _ -> "walked_in";
            case Throttled _ -> "throttled";
            case Missing _ -> "missing";
            case Invalid _ -> "invalid";
            case Waiting _ -> "waiting";
            case Ended _ -> "ended";
            case Closed _ -> "closed";
            case Unavailable _ -> "unavailable";
        };
    }
}
