package dev.stagedoor.booking.idempotency;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Takes in writes, of one user one at a time: who sends six hundred at once occupies one connection
 * and hears at once, out of memory, that the others have to wait.
 */
@Component
public final class Desk {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final Detached detached;
    private final Map<UserId, Request> ongoing = new ConcurrentHashMap<>();

    Desk(Detached detached) {
        this.detached = detached;
    }

    /** Done to its end, also if nobody waits for the answer any more. */
    public Mono<Answer> take(Request request, Mono<Answer> act) {
        return detached.run(Mono.defer(() -> alone(request, act)));
    }

    private Mono<Answer> alone(Request request, Mono<Answer> act) {
        Request other = ongoing.putIfAbsent(request.user(), request);
        return other == null
                ? act.doOnTerminate(() -> ongoing.remove(request.user()))
                : Refusal.because(waitFor(other, request));
    }

    private static Problem waitFor(Request other, Request request) {
        boolean twins = request.key() != null && request.key().equals(other.key());
        return Problem.of(twins ? ProblemCode.IDEMPOTENCY_IN_PROGRESS : ProblemCode.ONE_AT_A_TIME)
                .retryAfter(COME_BACK);
    }
}
