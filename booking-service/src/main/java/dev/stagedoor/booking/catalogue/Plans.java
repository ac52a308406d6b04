package dev.stagedoor.booking.catalogue;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The tables {@code plan} and {@code bench}. A plan never changes, so that what is remembered of it
 * is never old; another version is another plan of the same name.
 */
@Component
public final class Plans {

    private static final int MOST_REMEMBERED = 50;
    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final Calls calls;
    private final DatabaseClient database;
    private final JsonMapper json;
    private final Newest newest;
    private final Cache<PlanId, Mono<Document>> drawn =
            Caffeine.newBuilder().maximumSize(MOST_REMEMBERED).build();

    Plans(Calls calls, DatabaseClient database, JsonMapper json) {
        this.calls = calls;
        this.database = database;
        this.json = json;
        this.newest = new Newest(database, "plan");
    }

    /** The next version of its name. */
    public Mono<Version> put(Plan plan) {
        return calls.call(
                        "SELECT plan_id, plan_version FROM put_plan($1, $2, $3, $4::json)",
                        row ->
                                new Version(
                                        new PlanId(row.get("plan_id", Long.class)),
                                        plan.name(),
                                        row.get("plan_version", Integer.class),
                                        plan.seatCount()),
                        plan.name(),
                        plan.seatCount(),
                        json.writeValueAsString(plan),
                        json.writeValueAsString(plan.benches()))
                .doOnSuccess(_ -> newest.forget());
    }

    /** Newest first. */
    public Flux<Version> versions(int limit) {
        return database.sql(
                        """
                        SELECT id, name, version, seat_count FROM plan ORDER BY id DESC LIMIT :limit
                        """)
                .bind("limit", limit)
                .map(
                        row ->
                                new Version(
                                        new PlanId(row.get("id", Long.class)),
                                        row.get("name", String.class),
                                        row.get("version", Integer.class),
                                        row.get("seat_count", Integer.class)))
                .all();
    }

    /** What somebody has said of it, as JSON. */
    public Mono<byte[]> document(PlanId id) {
        return calls.document(
                ProblemCode.PLAN_NOT_FOUND, "SELECT document FROM plan WHERE id = $1", id.value());
    }

    /** Where each seat is, to be drawn. */
    public Mono<Document> drawn(PlanId id) {
        return newest.reaches(id.value())
                .flatMap(_ -> drawn.get(id, this::draw))
                .switchIfEmpty(Refusal.because(ProblemCode.PLAN_NOT_FOUND));
    }

    /** What is not there, and what could not be read, is looked up again. */
    private Mono<Document> draw(PlanId id) {
        String sql =
                """
                SELECT json_build_object('planId', :id, 'benches',
                           json_agg(json_strip_nulls(row_to_json(bench))))::text
                FROM (SELECT first_seat AS "firstSeat", last_seat - first_seat + 1 AS seats,
                             section, row_name AS "row", labels, accessible, category, standing,
                             x, y, step_x AS "stepX", step_y AS "stepY"
                      FROM bench WHERE plan_id = :id ORDER BY first_seat) AS bench
                HAVING count(*) > 0
                """;
        Mono<Document> found =
                Lane.OPEN.take(
                        database.sql(sql)
                                .bind("id", id.value())
                                .map(row -> row.get(0, String.class))
                                .one()
                                .map(text -> Document.of(text.getBytes(StandardCharsets.UTF_8))));
        return found.cache(_ -> FOR_EVER, _ -> Duration.ZERO, () -> Duration.ZERO);
    }

    /** One version of a plan. */
    public record Version(PlanId planId, String name, int version, int seatCount) {}
}
