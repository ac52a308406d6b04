package dev.stagedoor.gateway.answer;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.forward.Forwarded;
import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import java.time.Duration;
import java.time.Instant;

/** From what was decided to what is said about it. */
public final class Refusals {

    private static final Duration SHORTLY = Duration.ofSeconds(5);
    private static final Duration LATER = Duration.ofSeconds(30);

    public static final Problem MISSING = Problem.of(ProblemCode.QUEUE_TOKEN_MISSING);
    public static final Problem INVALID = Problem.of(ProblemCode.QUEUE_TOKEN_INVALID);
    public static final Problem NO_ROOM = Problem.of(ProblemCode.ROOM_NOT_FOUND);
    public static final Problem UNAVAILABLE =
            Problem.of(ProblemCode.QUEUE_UNAVAILABLE).retryAfter(Problem.SOON);
    public static final Problem IDENTITY_UNAVAILABLE =
            Problem.of(ProblemCode.IDENTITY_UNAVAILABLE).retryAfter(Problem.SOON);
    public static final Problem CLOSED = Problem.of(ProblemCode.QUEUE_CLOSED).retryAfter(LATER);
    public static final Problem FULL = Problem.of(ProblemCode.QUEUE_FULL).retryAfter(LATER);

    /** More people are here than this gateway has memory for. */
    public static final Problem CROWDED = Problem.of(ProblemCode.GATEWAY_BUSY).retryAfter(SHORTLY);

    /** Of requests that must not come as often as any other. */
    public static final Problem HASTY =
            Problem.of(ProblemCode.TOO_MANY_REQUESTS).retryAfter(SHORTLY);

    public static final Problem TOO_MANY_PLACES =
            Problem.of(ProblemCode.TOO_MANY_PLACES).retryAfter(LATER);
    public static final Problem THROTTLED =
            Problem.of(ProblemCode.TOO_MANY_REQUESTS).retryAfter(Problem.SOON);

    private Refusals() {}

    /** At the queue's own address an ended ticket is a thing that is gone. */
    public static Problem gone(EndReason reason) {
        return Problem.of(
                switch (reason) {
                    case COMPLETED -> ProblemCode.QUEUE_TOKEN_COMPLETED;
                    case LEFT -> ProblemCode.QUEUE_TOKEN_LEFT;
                    case EXPIRED, LAPSED, REVOKED -> ProblemCode.QUEUE_TOKEN_EXPIRED;
                });
    }

    /** At the gate it is a credential that is not good any more. */
    public static Problem notAdmitted(EndReason reason) {
        return gone(reason).withStatus(401);
    }

    public static Problem of(Decision.Refusing decision) {
        return switch (decision) {
            case Decision.Missing _ -> MISSING;
            case Decision.Invalid _ -> INVALID;
            case Decision.Waiting(Room room, Ticket ticket, long ahead) ->
                    room.view()
                            .map(view -> view.placeOf(ticket, ahead, room.pollBudget()))
                            .map(Refusals::waiting)
                            .orElse(UNAVAILABLE);
            case Decision.Ended(_, EndReason reason) -> notAdmitted(reason);
            case Decision.Throttled _ -> THROTTLED;
            case Decision.Closed _ -> CLOSED;
            case Decision.Unavailable _ -> UNAVAILABLE;
        };
    }

    public static Problem of(LineUnavailable away) {
        return away.redis() == RedisState.FULL ? FULL : UNAVAILABLE;
    }

    public static Problem banned(Bans.Ban ban) {
        return Problem.of(ProblemCode.BANNED)
                .with("until", ban.until().equals(Instant.MAX) ? null : ban.until().toString());
    }

    private static Problem waiting(Place place) {
        Problem problem = Problem.of(ProblemCode.QUEUE_WAITING);
        return place.notice()
                .map(notice -> problem.with("notice", notice.name()))
                .orElse(problem)
                .with("position", place.position())
                .with("ahead", place.ahead())
                .with("waiting", place.waiting())
                .with("estimatedWaitSeconds", place.estimateSeconds().orElse(null))
                .with("pollAfterMillis", place.pollAfter().toMillis())
                .retryAfter(place.pollAfter());
    }

    public static Problem failed(Forwarded.Failed failure) {
        return switch (failure) {
            case UNREACHABLE ->
                    Problem.of(ProblemCode.UPSTREAM_UNREACHABLE).retryAfter(Problem.SOON);
            case TIMEOUT -> Problem.of(ProblemCode.UPSTREAM_TIMEOUT).retryAfter(LATER);
            case BUSY -> Problem.of(ProblemCode.UPSTREAM_BUSY).retryAfter(Problem.SOON);
            case TOO_LARGE -> Problem.of(ProblemCode.BODY_TOO_LARGE);
            case INTERNAL -> Problem.of(ProblemCode.INTERNAL_ERROR);
        };
    }
}
