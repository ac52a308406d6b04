package dev.stagedoor.booking.catalogue;

import org.springframework.stereotype.Component;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Tells who wants to know that seats of an evening have changed, once the change is committed. */
@Component
public final class SeatChanges {

    private final List<Consumer<ScheduleId>> listeners = new CopyOnWriteArrayList<>();

    public void listen(Consumer<ScheduleId> listener) {
        listeners.add(listener);
    }

    /** To be called within the transaction that makes the change. */
    public Mono<Void> afterCommit(ScheduleId schedule) {
        return TransactionSynchronizationManager.forCurrentTransaction()
                .doOnNext(transaction -> transaction.registerSynchronization(telling(schedule)))
                .then();
    }

    private TransactionSynchronization telling(ScheduleId schedule) {
        return new TransactionSynchronization() {
            @Override
            public Mono<Void> afterCommit() {
                return Mono.fromRunnable(() -> listeners.forEach(it -> it.accept(schedule)));
            }
        };
    }
}
