package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.catalogue.Catalogue.Concerts;
import dev.stagedoor.booking.catalogue.Catalogue.Evening;
import dev.stagedoor.booking.catalogue.Catalogue.Evenings;
import dev.stagedoor.booking.catalogue.SeatMap.Seat;
import dev.stagedoor.booking.seat.ScheduleId;

import io.r2dbc.spi.Readable;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/** Reads the tables {@code concert}, {@code schedule} and {@code seat}. */
@Component
final class Programme {

    private static final String EVENINGS =
            """
            SELECT schedule.*, seats.price, seats.remaining,
                   on_sale AND seats.remaining > 0 AS bookable
            FROM (SELECT *, now() >= sales_open_at
                            AND now() < least(sales_close_at, starts_at) AS on_sale
                  FROM schedule WHERE concert_id = :concert) AS schedule
            CROSS JOIN LATERAL (
                SELECT min(price) AS price,
                       count(*) FILTER (WHERE status = 'AVAILABLE'
                           OR status = 'HELD' AND held_until <= now()) AS remaining
                FROM seat WHERE seat.schedule_id = schedule.id) AS seats
            """;

    private final DatabaseClient database;

    Programme(DatabaseClient database) {
        this.database = database;
    }

    Mono<Concert> find(ConcertId id) {
        return database.sql("SELECT * FROM concert WHERE id = :id")
                .bind("id", id.value())
                .map(Programme::concert)
                .one();
    }

    Mono<List<Concert>> concerts(Concerts some) {
        String sql = "SELECT * FROM concert WHERE id < :before ORDER BY id DESC LIMIT :limit";
        return database.sql(sql)
                .bind("before", some.before())
                .bind("limit", some.limit())
                .map(Programme::concert)
                .all()
                .collectList();
    }

    /** A concert has one evening at a time: its begin is all that a page needs to go on from. */
    Mono<List<Schedule>> evenings(Evenings some) {
        String sql =
                EVENINGS
                        + """
                        WHERE starts_at > CASE WHEN :after = 0 THEN '-infinity' ELSE
                                  (SELECT starts_at FROM schedule
                                   WHERE id = :after AND concert_id = :concert) END
                          AND (:all OR on_sale AND seats.remaining > 0)
                        ORDER BY starts_at LIMIT :limit
                        """;
        return database.sql(sql)
                .bind("concert", some.concert().value())
                .bind("all", some.all())
                .bind("after", some.after())
                .bind("limit", some.limit())
                .map(Programme::schedule)
                .all()
                .collectList();
    }

    Mono<Schedule> evening(Evening one) {
        return database.sql(EVENINGS + "WHERE concert_date = :date")
                .bind("concert", one.concert().value())
                .bind("date", one.date())
                .map(Programme::schedule)
                .one();
    }

    /** Empty if there is no such evening. */
    Mono<SeatMap> seatMap(ScheduleId schedule) {
        String sql =
                """
                SELECT seat_number, price, now() AS server_time,
                       CASE WHEN lapsed THEN 'AVAILABLE' ELSE status END AS status,
                       CASE WHEN NOT lapsed THEN held_until END AS held_until
                FROM (SELECT *, status = 'HELD' AND held_until <= now() AS lapsed FROM seat
                      WHERE schedule_id = :schedule) AS seats
                ORDER BY seat_number
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .map(row -> new Line(row.get("server_time", Instant.class), seat(row)))
                .all()
                .collectList()
                .filter(lines -> !lines.isEmpty())
                .map(lines -> seatMap(schedule, lines));
    }

    private static SeatMap seatMap(ScheduleId schedule, List<Line> lines) {
        List<Seat> seats = lines.stream().map(Line::seat).toList();
        long available = seats.stream().filter(Seat::isFree).count();
        return new SeatMap(schedule, lines.getFirst().serverTime(), seats.size(), available, seats);
    }

    private static Seat seat(Readable row) {
        return new Seat(
                row.get("seat_number", Integer.class),
                row.get("status", String.class),
                row.get("price", Long.class),
                row.get("held_until", Instant.class));
    }

    private static Concert concert(Readable row) {
        return new Concert(
                new ConcertId(row.get("id", Long.class)),
                row.get("title", String.class),
                row.get("artist", String.class),
                row.get("venue", String.class),
                row.get("time_zone", String.class));
    }

    private static Schedule schedule(Readable row) {
        return new Schedule(
                new ScheduleId(row.get("id", Long.class)),
                new ConcertId(row.get("concert_id", Long.class)),
                row.get("concert_date", LocalDate.class),
                row.get("starts_at", Instant.class),
                row.get("sales_open_at", Instant.class),
                row.get("sales_close_at", Instant.class),
                row.get("seat_count", Integer.class),
                row.get("remaining", Long.class),
                row.get("price", Long.class),
                row.get("seats_per_user", Integer.class),
                row.get("bookable", Boolean.class));
    }

    private record Line(Instant serverTime, Seat seat) {}
}
