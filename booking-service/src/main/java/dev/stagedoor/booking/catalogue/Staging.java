package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;

/** Puts concerts and their schedules on, and seats on or off sale. */
@Component
public final class Staging {

    private static final Problem PLAYED_ALREADY = Problem.of(ProblemCode.SCHEDULE_EXISTS);

    private final DatabaseClient database;
    private final Transactions transactions;
    private final Catalogue catalogue;
    private final String currency;

    Staging(
            DatabaseClient database,
            Transactions transactions,
            Catalogue catalogue,
            CatalogueSettings settings) {
        this.database = database;
        this.currency = settings.currency().getCurrencyCode();
        this.transactions = transactions;
        this.catalogue = catalogue;
    }

    public Mono<Concert> concert(String title, String artist, String venue, String timeZone) {
        String sql =
                """
                INSERT INTO concert (title, artist, venue, time_zone)
                VALUES (:title, :artist, :venue, :zone) RETURNING id
                """;
        Mono<Concert> staged =
                database.sql(sql)
                        .bind("title", title)
                        .bind("artist", artist)
                        .bind("venue", venue)
                        .bind("zone", timeZone)
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
        Mono<ScheduleId> staged = insert(concert, terms).delayUntil(id -> insertSeats(id, terms));
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
                                      sales_close_at, seat_count, seats_per_user)
                SELECT id, :starts, (:starts AT TIME ZONE time_zone)::date, :opens, :closes,
                       :seats, :most
                FROM concert WHERE id = :concert RETURNING id
                """;
        return database.sql(sql)
                .bind("concert", concert.value())
                .bind("starts", terms.startsAt())
                .bind("opens", terms.salesOpenAt())
                .bind("closes", terms.salesCloseAt())
                .bind("seats", terms.seatCount())
                .bind("most", terms.seatsPerUser())
                .map(row -> new ScheduleId(row.get("id", Long.class)))
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND));
    }

    private Mono<Void> insertSeats(ScheduleId schedule, Terms terms) {
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

    /** What has to be said of a schedule before it can be sold. */
    public record Terms(
            Instant startsAt,
            Instant salesOpenAt,
            Instant salesCloseAt,
            int seatCount,
            int seatsPerUser,
            long price) {}
}
