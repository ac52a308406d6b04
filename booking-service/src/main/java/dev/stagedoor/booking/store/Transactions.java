package dev.stagedoor.booking.store;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs work in one transaction each, again if it lost a race, and says so if it cannot. */
@Component
public final class Transactions {

    private static final int RETRIES = 2;
    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final TransactionalOperator operator;

    Transactions(ReactiveTransactionManager manager) {
        this.operator = TransactionalOperator.create(manager);
    }

    /** All of the work or, on any error, none of it. */
    public <T> Mono<T> run(Mono<T> work) {
        return Mono.defer(() -> attempt(work))
                .retryWhen(Retry.max(RETRIES).filter(Trouble::isLostRace))
                .onErrorMap(Trouble::isOutage, _ -> busy());
    }

    /** Reading that needs no transaction. */
    public static <T> Mono<T> reading(Mono<T> query) {
        return query.onErrorMap(Trouble::isOutage, _ -> busy());
    }

    /**
     * A connection that breaks while the work is done takes it along; one that breaks at the commit
     * leaves open whether it stands.
     */
    private <T> Mono<T> attempt(Mono<T> work) {
        AtomicBoolean committing = new AtomicBoolean();
        return operator.transactional(work.doOnSuccess(_ -> committing.set(true)))
                .onErrorMap(error -> committing.get() && Trouble.isOutage(error), _ -> unknown());
    }

    private static Refusal busy() {
        return new Refusal(Problem.of(ProblemCode.BOOKING_BUSY).retryAfter(COME_BACK));
    }

    private static Refusal unknown() {
        return new Refusal(Problem.of(ProblemCode.OUTCOME_UNKNOWN).retryAfter(COME_BACK));
    }
}
