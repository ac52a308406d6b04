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

/** Puts concerts and evenings on, and seats on or off sale. */
@Component
public final class Staging {

    private static final Problem PLAYED_ALREADY = Problem.of(ProblemCode.SCHEDULE_EXISTS);

    private final DatabaseClient database;
    private final Transactions transactions;
    private final Catalogue catalogue;

    Staging(DatabaseClient database, Transactions transactions, Catalogue catalogue) {
        this.database = database;
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
                        .map(id -> new Concert(id, title, artist, venue, timeZone));
        return transactions.run(staged).doOnSuccess(_ -> catalogue.forget());
    }

    /** The evening with all its seats. */
    public Mono<ScheduleId> schedule(ConcertId concert, Evening evening) {
        Mono<ScheduleId> staged =
                insert(concert, evening).delayUntil(id -> insertSeats(id, evening));
        return transactions
                .patiently(staged)
                .onErrorMap(Staging::isPlayedAlready, _ -> new Refusal(PLAYED_ALREADY))
                .doOnSuccess(_ -> catalogue.forget());
    }

    private static boolean isPlayedAlready(Throwable error) {
        return Trouble.violates(error, "schedule_concert_id_concert_date_key")
                || Trouble.violates(error, "schedule_concert_id_starts_at_key");
    }

    private Mono<ScheduleId> insert(ConcertId concert, Evening evening) {
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
                .bind("starts", evening.startsAt())
                .bind("opens", evening.salesOpenAt())
                .bind("closes", evening.salesCloseAt())
                .bind("seats", evening.seatCount())
                .bind("most", evening.seatsPerUser())
                .map(row -> new ScheduleId(row.get("id", Long.class)))
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND));
    }

    private Mono<Void> insertSeats(ScheduleId schedule, Evening evening) {
        String sql =
                """
                INSERT INTO seat (schedule_id, seat_number, price)
                SELECT :schedule, number, :price FROM generate_series(1, :seats) AS number
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .bind("price", evening.price())
                .bind("seats", evening.seatCount())
                .then();
    }

    /** What has to be said of an evening before it can be sold. */
    public record Evening(
            Instant startsAt,
            Instant salesOpenAt,
            Instant salesCloseAt,
            int seatCount,
            int seatsPerUser,
            long price) {}
}
