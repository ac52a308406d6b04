package dev.stagedoor.gateway.ops;

import com.fasterxml.jackson.annotation.JsonUnwrapped;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * What became of one ticket, and what will.
 *
 * @param state {@code WAITING}, {@code ACTIVE}, {@code ENDED}, {@code ABSENT}, or {@code INVALID}
 *     for a token that we have not signed
 * @param reason of the end
 * @param next what comes next
 * @param meaning the same in words
 */
record TicketDocument(
        @JsonUnwrapped Whose whose,
        String state,
        @Nullable String reason,
        @Nullable Long position,
        @Nullable Long estimatedWaitSeconds,
        @JsonUnwrapped Times times,
        Next next,
        String meaning) {

    record Whose(@Nullable String room, @Nullable String user, @Nullable Long sequence) {

        private static final Whose NOBODYS = new Whose(null, null, null);
    }

    private record Times(
            @Nullable Instant joinedAt,
            @Nullable Instant admittedAt,
            @Nullable Instant lastSeenAt,
            @Nullable Instant sessionEndsAt,
            @Nullable Instant lapsesAt,
            @Nullable Instant endedAt) {

        private static final Times NONE = new Times(null, null, null, null, null, null);
    }

    /** What comes next, as a word that programs can go by. */
    enum Next {
        WAITS_FOR_ITS_TURN("Goes in when everybody ahead has, as places become free."),
        HELD("Stays in line: the room is on hold, or closed, until an operator changes its mode."),
        RECOVERS("Keeps the place; nobody goes in until the room has recovered from a loss."),
        MUST_USE_TURN("Is inside; the turn is lost if it is not used before the session ends."),
        INSIDE("Is inside until the session ends or is completed."),
        OVER("The ticket is over; joining again gives a new place at the end."),
        HOLDS_ANOTHER("This ticket is over; the user holds a newer one."),
        IS_TAKEN_BACK(
                "Of before a loss of Redis: gets its old place back when it is next shown, if a"
                        + " gateway knew it to wait; else it is over."),
        UNKNOWN(
                "Nothing is remembered of it: never there, given up without a sign of life, or over"
                        + " for more than an hour; joining gives a new place."),
        NOT_OURS("Not signed by a key of this gateway, altered, or older than 60 days.");

        private final String meaning;

        Next(String meaning) {
            this.meaning = meaning;
        }
    }

    static TicketDocument invalid() {
        Next next = Next.NOT_OURS;
        return new TicketDocument(
                Whose.NOBODYS, "INVALID", null, null, null, Times.NONE, next, next.meaning);
    }

    /**
     * @param mayBeLost whether it is a ticket of before a loss that may still come back
     */
    static TicketDocument of(String room, Explanation told, RoomView view, boolean mayBeLost) {
        Next next = next(told, view, mayBeLost);
        EndReason reason = told.reason();
        boolean waits = told.state() == Explanation.State.WAITING;
        return new TicketDocument(
                new Whose(
                        room,
                        told.user().toString(),
                        told.sequence() == 0 ? null : told.sequence()),
                told.state().name(),
                reason == null ? null : reason.name().toLowerCase(Locale.ROOT),
                waits ? told.ahead() + 1 : null,
                waits
                        ? view.estimatedWait(told.ahead()).map(Duration::toSeconds).orElse(null)
                        : null,
                times(told, waits ? view.settings().idleTimeout() : null),
                next,
                next.meaning);
    }

    private static Times times(Explanation told, @Nullable Duration lapsesAfter) {
        Instant seen = told.lastSeen();
        return new Times(
                told.joined(),
                told.admitted(),
                seen,
                told.until(),
                seen == null || lapsesAfter == null ? null : seen.plus(lapsesAfter),
                told.ended());
    }

    private static Next next(Explanation told, RoomView view, boolean mayBeLost) {
        return switch (told.state()) {
            case WAITING -> ofOneWhoWaits(view);
            case ACTIVE -> told.lastSeen() == null ? Next.MUST_USE_TURN : Next.INSIDE;
            case ENDED -> told.holds() > told.sequence() ? Next.HOLDS_ANOTHER : Next.OVER;
            case ABSENT ->
                    mayBeLost
                            ? Next.IS_TAKEN_BACK
                            : told.holds() > 0 ? Next.HOLDS_ANOTHER : Next.UNKNOWN;
        };
    }

    private static Next ofOneWhoWaits(RoomView view) {
        return view.notice()
                .map(notice -> notice == Place.Notice.RECOVERING ? Next.RECOVERS : Next.HELD)
                .orElse(Next.WAITS_FOR_ITS_TURN);
    }
}
