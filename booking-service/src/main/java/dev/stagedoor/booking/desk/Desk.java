package dev.stagedoor.booking.desk;

import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Takes in writes. */
@Component
public final class Desk {

    private final Detached detached;
    private final Transactions transactions;
    private final KeptAnswers answers;
    private final Set<Key> ongoing = ConcurrentHashMap.newKeySet();

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
        return errand.shield().around(null, transactions.run(errand.act()));
    }

    /**
     * A twin on this instance is told so from memory, one on another by the shield or by
     * PostgreSQL.
     */
    private Mono<Answer> keyed(Errand errand, IdempotencyKey key) {
        Key held = new Key(errand.user(), key);
        return Mono.defer(
                () ->
                        ongoing.add(held)
                                ? once(errand, key).doOnTerminate(() -> ongoing.remove(held))
                                : Mono.error(KeptAnswers.inProgress()));
    }

    private Mono<Answer> once(Errand errand, IdempotencyKey key) {
        Mono<Answer> work = transactions.run(Mono.defer(() -> act(errand, key)));
        return errand.shield()
                .around(errand.twins(), work)
                .onErrorMap(Desk::isTwin, _ -> KeptAnswers.inProgress());
    }

    private Mono<Answer> act(Errand errand, IdempotencyKey key) {
        return answers.claim(errand)
                .then(answers.find(errand, key))
                .switchIfEmpty(
                        errand.act().delayUntil(answer -> answers.keep(errand, key, answer)));
    }

    private static boolean isTwin(Throwable error) {
        return Trouble.violates(error, "kept_answer_pkey");
    }

    private record Key(UserId user, IdempotencyKey key) {}
}
