package dev.stagedoor.booking.catalogue;

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

    /** More than anybody scrolls through; nothing here is unbounded. */
    private static final int MOST = 1_000;

    private final DatabaseClient database;

    Programme(DatabaseClient database) {
        this.database = database;
    }

    Mono<List<Concert>> concerts() {
        String sql =
                """
                SELECT id, title, artist, venue, time_zone FROM concert
                ORDER BY id DESC LIMIT :most
                """;
        return database.sql(sql).bind("most", MOST).map(Programme::concert).all().collectList();
    }

    Mono<List<Schedule>> schedules(ConcertId concert) {
        String sql =
                """
                SELECT schedule.*, seats.remaining, seats.price,
                       now() >= sales_open_at AND now() < least(sales_close_at, starts_at) AS on_sale
                FROM schedule CROSS JOIN LATERAL (
                    SELECT min(price) AS price,
                           count(*) FILTER (WHERE status = 'AVAILABLE'
                               OR status = 'HELD' AND held_until <= now()) AS remaining
                    FROM seat WHERE seat.schedule_id = schedule.id) AS seats
                WHERE concert_id = :concert ORDER BY starts_at LIMIT :most
                """;
        return database.sql(sql)
                .bind("concert", concert.value())
                .bind("most", MOST)
                .map(Programme::schedule)
                .all()
                .collectList();
    }

    /** Empty if there is no such evening. */
    Mono<SeatMap> seatMap(ScheduleId schedule) {
        String sql =
                """
                SELECT seat_number, price, now() AS server_time,
                       CASE WHEN status = 'HELD' AND held_until <= now()
                            THEN 'AVAILABLE' ELSE status END AS status
                FROM seat WHERE schedule_id = :schedule ORDER BY seat_number
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
                row.get("price", Long.class));
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
        long remaining = row.get("remaining", Long.class);
        return new Schedule(
                new ScheduleId(row.get("id", Long.class)),
                new ConcertId(row.get("concert_id", Long.class)),
                row.get("concert_date", LocalDate.class),
                row.get("starts_at", Instant.class),
                row.get("sales_open_at", Instant.class),
                row.get("sales_close_at", Instant.class),
                row.get("seat_count", Integer.class),
                remaining,
                row.get("price", Long.class),
                row.get("seats_per_user", Integer.class),
                row.get("on_sale", Boolean.class) && remaining > 0);
    }

    private record Line(Instant serverTime, Seat seat) {}
}
