package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.audit.Auditing.Violation;
import dev.stagedoor.booking.sale.Figures;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The record of changes: in the log, and in a table for the page; and the auditor's last word. */
record Changes(DatabaseClient database, JsonMapper json, Figures figures) {

    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);
    private static final TypeReference<List<Violation>> VIOLATIONS = new TypeReference<>() {};

    record Change(long id, Instant at, String who, String what) {}

    record LastAudit(Instant at, String who, boolean well, List<Violation> violations) {}

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

    Mono<Void> noteAudit(String who, List<Violation> found) {
        String sql =
                """
                INSERT INTO last_audit (at, who, violations) VALUES (now(), :who, :found)
                ON CONFLICT (only_one)
                DO UPDATE SET at = now(), who = excluded.who, violations = excluded.violations
                """;
        return database.sql(sql)
                .bindValues(Map.of("who", who, "found", json.writeValueAsString(found)))
                .then()
                .onErrorResume(Changes::only);
    }

    /** Empty if there was none. */
    Mono<LastAudit> lastAudit() {
        return database.sql("SELECT at, who, violations FROM last_audit")
                .map(
                        row -> {
                            var found =
                                    json.readValue(row.get("violations", String.class), VIOLATIONS);
                            return new LastAudit(
                                    row.get("at", Instant.class),
                                    row.get("who", String.class),
                                    found.isEmpty(),
                                    found);
                        })
                .one();
    }
}
