package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Transactions;
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
import java.util.Map;

/** Puts concerts and their schedules on. */
@Component
public record Staging(
        DatabaseClient database,
        Transactions transactions,
        Catalogue catalogue,
        JsonMapper json,
        CatalogueSettings settings) {

    public Mono<Concert> concert(String title, String artist, String venue, String timeZone) {
        String sql =
                """
                INSERT INTO concert (title, artist, venue, time_zone)
                SELECT :title, :artist, :venue, name FROM pg_timezone_names WHERE name = :zone
                RETURNING id
                """;
        String currency = settings.currency().getCurrencyCode();
        Mono<Concert> staged =
                database.sql(sql)
                        .bindValues(
                                Map.of(
                                        "title", title, "artist", artist, "venue", venue, "zone",
                                        timeZone))
                        .map(row -> new ConcertId(row.get("id", Long.class)))
                        .one()
                        .map(id -> new Concert(id, title, artist, venue, timeZone, currency, false))
                        .switchIfEmpty(
                                Refusal.because(
                                        Problem.invalid("timeZone", "be one of PostgreSQL's")));
        return transactions.patiently(staged).doOnSuccess(_ -> catalogue.forget());
    }

    /** The schedule with all its seats. */
    public Mono<ScheduleId> schedule(ConcertId concert, Terms terms) {
        String sql =
                """
                SELECT * FROM put_on(:concert, :starts, :opens, :closes, :most, :seats, :price,
                                     :plan, :prices::json)
                """;
        Mono<ScheduleId> staged =
                database.sql(sql)
                        .bind("concert", concert.value())
                        .bind("starts", terms.startsAt())
                        .bind("opens", terms.salesOpenAt())
                        .bind("closes", terms.salesCloseAt())
                        .bind("most", terms.seatsPerUser())
                        .bind("seats", terms.seatCount())
                        .bind("price", terms.price())
                        .bind("plan", Parameters.in(R2dbcType.BIGINT, terms.plan()))
                        .bind("prices", json.writeValueAsString(terms.prices()))
                        .mapProperties(PutOn.class)
                        .one()
                        .map(PutOn::schedule);
        return transactions.patiently(staged).doOnSuccess(_ -> catalogue.forget());
    }

    /**
     * @param categories of the plan, of which each has a price, and nothing else has
     */
    private record PutOn(
            @Nullable Long show, @Nullable String refusal, String @Nullable [] categories) {

        ScheduleId schedule() {
            if (refusal == null) {
                return new ScheduleId(show);
            }
            ProblemCode code = ProblemCode.of(refusal);
            throw new Refusal(
                    code == ProblemCode.VALIDATION_FAILED
                            ? Problem.invalid("prices", "be of " + String.join(", ", categories))
                            : Problem.of(code));
        }
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
            Map<String, Long> prices) {}
}
