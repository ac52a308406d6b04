package dev.stagedoor.booking.audit;

import dev.stagedoor.booking.store.Transactions;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.util.List;

/**
 * Checks every invariant in one consistent, read-only view; also while the sale goes on. Who asks
 * while somebody else does is told what they are.
 */
@Component
public final class Auditing {

    private final DatabaseClient database;
    private final Transactions transactions;
    private final Mono<List<Violation>> shared;

    Auditing(DatabaseClient database, Transactions transactions) {
        this.database = database;
        this.transactions = transactions;
        this.shared = look().flux().share().singleOrEmpty();
    }

    /** Empty if all is well. */
    public Mono<List<Violation>> audit() {
        return shared.switchIfEmpty(Mono.defer(this::audit)); // who comes as another one ends
    }

    private Mono<List<Violation>> look() {
        return transactions.patiently(
                database.sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                        .then()
                        .thenMany(Flux.fromArray(Invariant.values()))
                        .concatMap(this::check, 1)
                        .collectList());
    }

    private Mono<Violation> check(Invariant invariant) {
        return database.sql(invariant.query())
                .map(row -> row.get(0, String.class))
                .all()
                .collectList()
                .filter(offenders -> !offenders.isEmpty())
                .map(found -> new Violation(invariant.name(), invariant.sentence(), found));
    }

    /** What should always be true, and a few that say otherwise. */
    public record Violation(String invariant, String sentence, List<String> offenders) {}
}
