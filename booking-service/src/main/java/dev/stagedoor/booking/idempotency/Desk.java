package dev.stagedoor.booking.idempotency;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.booking.store.Trouble;
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
    private final Transactions transactions;
    private final KeptAnswers answers;
    private final Map<UserId, Errand> ongoing = new ConcurrentHashMap<>();

    Desk(Detached detached, Transactions transactions, KeptAnswers answers) {
        this.detached = detached;
        this.transactions = transactions;
        this.answers = answers;
    }

    /** Done once and to its end, also if nobody waits for the answer any more. */
    public Mono<Answer> take(Errand errand) {
        return detached.run(Mono.defer(() -> alone(errand)));
    }

    private Mono<Answer> alone(Errand errand) {
        Errand other = ongoing.putIfAbsent(errand.user(), errand);
        return other == null
                ? work(errand).doOnTerminate(() -> ongoing.remove(errand.user()))
                : Mono.error(waitFor(other, errand));
    }

    private static Refusal waitFor(Errand other, Errand errand) {
        boolean twins = errand.key() != null && errand.key().equals(other.key());
        return twins
                ? KeptAnswers.inProgress()
                : new Refusal(Problem.of(ProblemCode.ONE_AT_A_TIME).retryAfter(COME_BACK));
    }

    private Mono<Answer> work(Errand errand) {
        IdempotencyKey key = errand.key();
        return key == null ? unkeyed(errand) : keyed(errand, key);
    }

    private Mono<Answer> unkeyed(Errand errand) {
        return errand.shield().around(null, transactions.run(errand.act()));
    }

    /** A twin on another instance is told so by the shield or by PostgreSQL. */
    private Mono<Answer> keyed(Errand errand, IdempotencyKey key) {
        Mono<Answer> work = transactions.run(Mono.defer(() -> act(errand, key)));
        return errand.shield()
                .around(errand.twins(), work)
                .onErrorMap(Desk::isTwin, _ -> KeptAnswers.inProgress());
    }

    private Mono<Answer> act(Errand errand, IdempotencyKey key) {
        return answers.claim(errand, key)
                .switchIfEmpty(
                        errand.act().delayUntil(answer -> answers.keep(errand, key, answer)));
    }

    private static boolean isTwin(Throwable error) {
        return Trouble.violates(error, "kept_answer_pkey");
    }
}
