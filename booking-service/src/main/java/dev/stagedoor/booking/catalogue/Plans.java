package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import io.r2dbc.spi.Readable;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
        List<Object> benches =
                plan.benches().stream().<Object>map(it -> new Measured(it, it.nearest())).toList();
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
                        json.writeValueAsString(benches))
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
        Mono<Document> found =
                Lane.OPEN.take(
                        benches(id)
                                .collectList()
                                .filter(benches -> !benches.isEmpty())
                                .map(benches -> Document.of(new Drawing(id, benches), json)));
        return found.cache(_ -> FOR_EVER, _ -> Duration.ZERO, () -> Duration.ZERO);
    }

    private Flux<Bench> benches(PlanId id) {
        return database.sql("SELECT * FROM bench WHERE plan_id = :id ORDER BY first_seat")
                .bind("id", id.value())
                .map(Plans::bench)
                .all();
    }

    private static Bench bench(Readable row) {
        int first = row.get("first_seat", Integer.class);
        return new Bench(
                first,
                row.get("last_seat", Integer.class) - first + 1,
                row.get("section", String.class),
                row.get("row_name", String.class),
                list(row.get("labels", String[].class)),
                list(row.get("accessible", Integer[].class)),
                row.get("category", String.class),
                row.get("standing", Boolean.class),
                row.get("x", Double.class),
                row.get("y", Double.class),
                row.get("step_x", Double.class),
                row.get("step_y", Double.class));
    }

    private static <T> List<T> list(T[] values) {
        return Optional.ofNullable(values).map(Arrays::asList).orElse(null);
    }

    /** One version of a plan. */
    public record Version(PlanId planId, String name, int version, int seatCount) {}

    private record Drawing(PlanId planId, List<Bench> benches) {}

    private record Measured(@JsonUnwrapped Bench bench, double nearest) {}
}
