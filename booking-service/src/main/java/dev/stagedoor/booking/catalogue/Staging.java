package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.R2dbcType;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Puts concerts and their schedules on, and seats on or off sale. */
@Component
public final class Staging {

    private static final Problem PLAYED_ALREADY = Problem.of(ProblemCode.SCHEDULE_EXISTS);

    private final DatabaseClient database;
    private final Transactions transactions;
    private final Catalogue catalogue;
    private final JsonMapper json;
    private final String currency;

    Staging(
            DatabaseClient database,
            Transactions transactions,
            Catalogue catalogue,
            JsonMapper json,
            CatalogueSettings settings) {
        this.database = database;
        this.currency = settings.currency().getCurrencyCode();
        this.transactions = transactions;
        this.catalogue = catalogue;
        this.json = json;
    }

    public Mono<Concert> concert(String title, String artist, String venue, String timeZone) {
        String sql =
                """
                INSERT INTO concert (title, artist, venue, time_zone)
                VALUES (:title, :artist, :venue, :zone) RETURNING id
                """;
        Mono<Concert> staged =
                database.sql(sql)
                        .bindValues(
                                Map.of(
                                        "title", title, "artist", artist, "venue", venue, "zone",
                                        timeZone))
                        .map(row -> new ConcertId(row.get("id", Long.class)))
                        .one()
                        .map(
                                id ->
                                        new Concert(
                                                id, title, artist, venue, timeZone, currency,
                                                false));
        return transactions.run(staged).doOnSuccess(_ -> catalogue.forget());
    }

    /** The schedule with all its seats. */
    public Mono<ScheduleId> schedule(ConcertId concert, Terms terms) {
        Mono<ScheduleId> staged =
                checkPrices(terms)
                        .then(Mono.defer(() -> insert(concert, terms)))
                        .delayUntil(id -> insertSeats(id, terms));
        return transactions
                .patiently(staged)
                .onErrorMap(Staging::isPlayedAlready, _ -> new Refusal(PLAYED_ALREADY))
                .doOnSuccess(_ -> catalogue.forget());
    }

    private static boolean isPlayedAlready(Throwable error) {
        return Trouble.violates(error, "one_show_at_a_time");
    }

    private Mono<ScheduleId> insert(ConcertId concert, Terms terms) {
        String sql =
                """
                INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at,
                                      sales_close_at, seat_count, seats_per_user, plan_id)
                SELECT concert.id, :starts, (:starts AT TIME ZONE time_zone)::date, :opens, :closes,
                       coalesce(plan.seat_count, :seats), :most, plan.id
                FROM concert LEFT JOIN plan ON plan.id = :plan
                WHERE concert.id = :concert RETURNING id
                """;
        return database.sql(sql)
                .bind("concert", concert.value())
                .bind("starts", terms.startsAt())
                .bind("opens", terms.salesOpenAt())
                .bind("closes", terms.salesCloseAt())
                .bind("seats", terms.seatCount())
                .bind("most", terms.seatsPerUser())
                .bind("plan", Parameters.in(R2dbcType.BIGINT, terms.plan()))
                .map(row -> new ScheduleId(row.get("id", Long.class)))
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND));
    }

    /** Each category of the plan has a price, and nothing else has. */
    private Mono<Void> checkPrices(Terms terms) {
        if (terms.plan() == null) {
            return Mono.empty();
        }
        return database.sql("SELECT DISTINCT category FROM bench WHERE plan_id = :plan")
                .bind("plan", terms.plan())
                .map(row -> row.get("category", String.class))
                .all()
                .collect(Collectors.toCollection(TreeSet::new))
                .flatMap(categories -> checkPrices(categories, terms.prices()));
    }

    private static Mono<Void> checkPrices(SortedSet<String> wanted, Map<String, Long> prices) {
        if (wanted.isEmpty()) {
            return Refusal.because(ProblemCode.PLAN_NOT_FOUND);
        }
        if (wanted.equals(prices.keySet())) {
            return Mono.empty();
        }
        var wrong = Map.of("field", "prices", "must", "be of " + String.join(", ", wanted));
        return Refusal.because(
                Problem.of(ProblemCode.VALIDATION_FAILED).with("fields", List.of(wrong)));
    }

    private Mono<Void> insertSeats(ScheduleId schedule, Terms terms) {
        return terms.plan() == null ? insertRow(schedule, terms) : insertHouse(schedule, terms);
    }

    private Mono<Void> insertHouse(ScheduleId schedule, Terms terms) {
        String sql =
                """
                WITH priced AS (
                    INSERT INTO category_price (schedule_id, category, price)
                    SELECT :schedule, key, value::bigint FROM json_each_text(:prices::json)
                    RETURNING category, price
                )
                INSERT INTO seat (schedule_id, seat_number, price)
                SELECT :schedule, number, price FROM bench JOIN priced USING (category),
                       generate_series(first_seat, last_seat) AS number
                WHERE plan_id = :plan
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .bind("prices", json.writeValueAsString(terms.prices()))
                .bind("plan", terms.plan())
                .then();
    }

    private Mono<Void> insertRow(ScheduleId schedule, Terms terms) {
        String sql =
                """
                INSERT INTO seat (schedule_id, seat_number, price)
                SELECT :schedule, number, :price FROM generate_series(1, :seats) AS number
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .bind("price", terms.price())
                .bind("seats", terms.seatCount())
                .then();
    }

    /**
     * What has to be said of a schedule before it can be sold.
     *
     * @param seatCount and {@code price} of a house without a plan
     * @param prices by category of the plan
     */
    public record Terms(
            Instant startsAt,
            Instant salesOpenAt,
            Instant salesCloseAt,
            int seatCount,
            int seatsPerUser,
            long price,
            @Nullable Long plan,
            Map<String, Long> prices) {

        public Terms(
                Instant startsAt,
                Instant salesOpenAt,
                Instant salesCloseAt,
                int seatCount,
                int seatsPerUser,
                long price) {
            this(
                    startsAt,
                    salesOpenAt,
                    salesCloseAt,
                    seatCount,
                    seatsPerUser,
                    price,
                    null,
                    Map.of());
        }
    }
}
