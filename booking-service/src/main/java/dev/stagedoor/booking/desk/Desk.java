package dev.stagedoor.booking.desk;

import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.booking.store.Trouble;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

/** Takes in writes. */
@Component
public final class Desk {

    private final Detached detached;
    private final Transactions transactions;
    private final KeptAnswers answers;

    Desk(Detached detached, Transactions transactions, KeptAnswers answers) {
        this.detached = detached;
        this.transactions = transactions;
        this.answers = answers;
    }

    /** Done once and to its end, also if nobody waits for the answer any more. */
    public Mono<Answer> take(Errand errand) {
        IdempotencyKey key = errand.key();
        return detached.run(key == null ? unkeyed(errand) : keyed(errand, key));
    }

    private Mono<Answer> unkeyed(Errand errand) {
        return errand.shield().apply(transactions.run(errand.act()));
    }

    private Mono<Answer> keyed(Errand errand, IdempotencyKey key) {
        Mono<Answer> once = transactions.run(Mono.defer(() -> act(errand, key)));
        return Transactions.reading(answers.find(errand, key))
                .switchIfEmpty(errand.shield().apply(once))
                .onErrorMap(Desk::isTwin, _ -> KeptAnswers.inProgress());
    }

    private Mono<Answer> act(Errand errand, IdempotencyKey key) {
        return answers.claim(errand.user(), key)
                .then(answers.find(errand, key))
                .switchIfEmpty(
                        errand.act().delayUntil(answer -> answers.keep(errand, key, answer)));
    }

    private static boolean isTwin(Throwable error) {
        return Trouble.violates(error, "kept_answer_pkey");
    }
}
