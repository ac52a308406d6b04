package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.sale.Figures;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.Map;

/** The record of changes: in the log, and in a table for the page. */
record Changes(DatabaseClient database, Figures figures) {

    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

    record Change(long id, Instant at, String who, String what) {}

    /** What it speaks of is done: should this fail, only the log has it. */
    Mono<Void> note(String who, String said, Object... facts) {
        String what = said.formatted(facts);
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
