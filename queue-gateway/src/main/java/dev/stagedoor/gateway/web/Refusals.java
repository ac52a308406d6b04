package dev.stagedoor.gateway.web;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.access.Decision;
import dev.stagedoor.gateway.forward.Forwarding;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.time.Duration;
import java.util.Optional;

/** From what was decided to what is said about it. */
final class Refusals {

    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(30);

    private Refusals() {}

    /** At the queue's own address an ended ticket is a thing that is gone. */
    static Problem gone(EndReason reason) {
        return Problem.of(
                switch (reason) {
                    case COMPLETED -> ProblemCode.QUEUE_TOKEN_COMPLETED;
                    case LEFT -> ProblemCode.QUEUE_TOKEN_LEFT;
                    case EXPIRED, LAPSED, REVOKED -> ProblemCode.QUEUE_TOKEN_EXPIRED;
                });
    }

    /** At the gate it is a credential that is not good any more. */
    static Problem notAdmitted(EndReason reason) {
        return gone(reason).withStatus(401);
    }

    static Problem missing() {
        return Problem.of(ProblemCode.QUEUE_TOKEN_MISSING);
    }

    static Problem invalid() {
        return Problem.of(ProblemCode.QUEUE_TOKEN_INVALID);
    }

    static Problem unavailable() {
        return Problem.of(ProblemCode.QUEUE_UNAVAILABLE).retryAfter(SOON);
    }

    static Problem of(LineUnavailable away) {
        return away.redis() == RedisState.FULL ? full() : unavailable();
    }

    static Problem identityUnavailable() {
        return Problem.of(ProblemCode.IDENTITY_UNAVAILABLE).retryAfter(SOON);
    }

    static Problem closed() {
        return Problem.of(ProblemCode.QUEUE_CLOSED).retryAfter(LATER);
    }

    static Problem full() {
        return Problem.of(ProblemCode.QUEUE_FULL).retryAfter(LATER);
    }

    static Problem throttled() {
        return Problem.of(ProblemCode.TOO_MANY_REQUESTS).retryAfter(SOON);
    }

    static Problem waiting(Decision.Waiting waiting, RoomView view, long pollBudget) {
        Ticket ticket = waiting.ticket();
        Duration pollAfter = view.pollAfter(waiting.ahead(), ticket.sequence(), pollBudget);
        Optional<Duration> wait = view.estimatedWait(waiting.ahead());
        return Problem.of(ProblemCode.QUEUE_WAITING)
                .with("position", waiting.ahead() + 1)
                .with("ahead", waiting.ahead())
                .with("waiting", Math.max(view.waiting(), waiting.ahead() + 1))
                .with("estimatedWaitSeconds", wait.map(Duration::toSeconds).orElse(null))
                .with("pollAfterMillis", pollAfter.toMillis())
                .retryAfter(pollAfter);
    }

    static Problem failed(Forwarding.Failed failure) {
        return switch (failure) {
            case UNREACHABLE -> Problem.of(ProblemCode.UPSTREAM_UNREACHABLE).retryAfter(SOON);
            case TIMEOUT -> Problem.of(ProblemCode.UPSTREAM_TIMEOUT);
            case BUSY -> Problem.of(ProblemCode.UPSTREAM_BUSY).retryAfter(SOON);
        };
    }
}
