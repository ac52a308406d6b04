package dev.stagedoor.booking.store;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import reactor.core.Exceptions;
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
                .onErrorMap(Exceptions::isRetryExhausted, Throwable::getCause);
    }

    /**
     * A connection that breaks while the work is done takes it along; one that breaks at the commit
     * leaves open whether it stands.
     */
    private <T> Mono<T> attempt(Mono<T> work) {
        AtomicBoolean committing = new AtomicBoolean();
        return operator.transactional(work.doOnSuccess(_ -> committing.set(true)))
                .onErrorMap(error -> committing.get() && isOpen(error), Transactions::unknown);
    }

    /** Whom the server itself tells of an error at the commit, it has undone everything. */
    private static boolean isOpen(Throwable error) {
        return Trouble.outage(error).isPresent() && !Trouble.isUndone(error);
    }

    private static Refusal unknown(Throwable cause) {
        return new Refusal(Problem.of(ProblemCode.OUTCOME_UNKNOWN).retryAfter(COME_BACK), cause);
    }
}
