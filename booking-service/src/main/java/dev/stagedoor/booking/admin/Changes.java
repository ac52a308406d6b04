package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.idempotency.Desk;
import dev.stagedoor.booking.sale.Figures;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.Map;
import java.util.function.Function;

/** The record of changes: in the log, and in a table for the page. */
record Changes(Desk desk, DatabaseClient database, Figures figures) {

    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

    record Change(long id, Instant at, String who, String what) {}

    /**
     * Does something to its end and notes who did, also if they hang up meanwhile.
     *
     * @param wish what is said if nobody knows whether it was done
     * @param what that it was; null if there was nothing to do
     */
    <T> Mono<T> noting(String who, String wish, Mono<T> act, Function<T, @Nullable String> what) {
        return desk.toItsEnd(
                act.doOnError(
                                Refusal.says(ProblemCode.OUTCOME_UNKNOWN),
                                _ -> LOG.warn("{} by {}, or not", wish, who))
                        .delayUntil(
                                done ->
                                        Mono.justOrEmpty(what.apply(done))
                                                .flatMap(it -> note(who, it))));
    }

    /** What it speaks of is done: should this fail, only the log has it. */
    private Mono<Void> note(String who, String what) {
        LOG.info("{} by {}", what, who);
        figures.forget();
        return database.sql("INSERT INTO admin_change (who, what) VALUES (:who, :what)")
                .bindValues(Map.of("who", who, "what", what))
                .then()
                .onErrorResume(Changes::only);
    }

    private static Mono<Void> only(Throwable error) {
        LOG.warn("not in the record of changes", error);
        return Mono.empty();
    }

    /** Newest first. */
    Flux<Change> before(long id, int most) {
        String sql =
                """
                SELECT id, at, who, what FROM admin_change
                WHERE id < :before ORDER BY id DESC LIMIT :most
                """;
        return database.sql(sql)
                .bindValues(Map.of("before", id, "most", most))
                .mapProperties(Change.class)
                .all();
    }
}
