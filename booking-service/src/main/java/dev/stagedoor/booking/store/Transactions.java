package dev.stagedoor.booking.store;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import reactor.core.publisher.Mono;

import java.util.concurrent.atomic.AtomicBoolean;

/** Runs work in one transaction each, again if it lost a race, and says so if it cannot. */
@Component
public final class Transactions {

    private final TransactionalOperator operator;
    private final DatabaseClient database;

    Transactions(ReactiveTransactionManager manager, DatabaseClient database) {
        this.operator = TransactionalOperator.create(manager);
        this.database = database;
    }

    /** All of what rightly takes longer than a buyer would wait or, on any error, none of it. */
    public <T> Mono<T> patiently(Mono<T> work) {
        Mono<Void> aMinute = database.sql("SET LOCAL statement_timeout = '60s'").then();
        return Lane.PATIENT.take(Calls.again(Mono.defer(() -> attempt(aMinute.then(work)))));
    }

    /**
     * A connection that breaks while the work is done takes it along; one that breaks at the commit
     * leaves open whether it stands.
     */
    private <T> Mono<T> attempt(Mono<T> work) {
        AtomicBoolean committing = new AtomicBoolean();
        return operator.transactional(work.doOnSuccess(_ -> committing.set(true)))
                .onErrorMap(error -> committing.get() && Trouble.isOpen(error), Calls::unknown);
    }
}
