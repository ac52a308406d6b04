package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.catalogue.SeatMap.Seat;

import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the tables {@code concert}, {@code schedule} and {@code seat}. */
@Component
record Programme(DatabaseClient database, JsonMapper json, CatalogueSettings settings) {

    static final String DATES =
            """
            SELECT schedule.id, concert_id, concert_date, starts_at, moved_from, sales_open_at,
                   sales_close_at, seat_count, seats_per_user, seats.price, seats.remaining, plan_id,
                   (SELECT json_object_agg(category, category_price.price)::text FROM category_price
                    WHERE category_price.schedule_id = schedule.id) AS prices,
                   now() < starts_at AS upcoming,
                   CASE WHEN cancelled_at IS NOT NULL THEN 'CANCELLED'
                        WHEN now() >= starts_at THEN 'PLAYED'
                        WHEN now() < sales_open_at THEN 'ANNOUNCED'
                        WHEN now() >= sales_close_at THEN 'CLOSED'
                        WHEN seats.remaining = 0 THEN 'SOLD_OUT'
                        ELSE 'ON_SALE' END AS status
            FROM schedule CROSS JOIN LATERAL (
                SELECT coalesce(
                           (SELECT min(price) FROM category_price
                            WHERE category_price.schedule_id = schedule.id),
                           (SELECT price FROM seat WHERE seat.schedule_id = schedule.id
                            ORDER BY seat_number LIMIT 1)) AS price,
                       (SELECT count(*) FROM seat
                        WHERE schedule.cancelled_at IS NULL AND now() < schedule.starts_at
                          AND seat.schedule_id = schedule.id
                          AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
                       ) AS remaining) AS seats
            WHERE concert_id = :concert ORDER BY starts_at, schedule.id
            """;

    private static final TypeReference<Map<String, Long>> PRICES = new TypeReference<>() {};

    /** Newest first; of a house that has put on more, the newest. */
    Mono<List<Concert>> concerts() {
        String sql =
                """
                SELECT id, title, artist, venue, time_zone, EXISTS (
                    SELECT FROM schedule
                    WHERE concert_id = concert.id AND cancelled_at IS NULL
                      AND now() >= sales_open_at AND now() < least(sales_close_at, starts_at)
                      AND (SELECT true FROM seat
                           WHERE schedule_id = schedule.id AND (status = 'AVAILABLE'
                               OR status = 'HELD' AND held_until <= now()) LIMIT 1)) AS bookable
                FROM concert ORDER BY id DESC LIMIT 20000
                """;
        return database.sql(sql).map(this::concert).all().collectList();
    }

    Mono<List<Schedule>> dates(ConcertId concert) {
        return database.sql(DATES)
                .bind("concert", concert.value())
                .map(this::schedule)
                .all()
                .collectList();
    }

    /** Empty if there is no such schedule. */
    Mono<SeatMap> seatMap(ScheduleId schedule) {
        String sql =
                """
                SELECT seat_number, price, now() AS server_time,
                       CASE WHEN lapsed THEN 'AVAILABLE' ELSE status END AS status,
                       CASE WHEN NOT lapsed THEN held_until END AS held_until
                FROM (SELECT seat_number, price, status, held_until, status = 'HELD' AND held_until <= now() AS lapsed FROM seat
                      WHERE schedule_id = :schedule) AS seats
                ORDER BY seat_number
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .map(row -> new Line(row.get("server_time", Instant.class), seat(row)))
                .all()
                .collectList()
                .filter(lines -> !lines.isEmpty())
                .map(
                        lines ->
                                new SeatMap(
                                        schedule,
                                        lines.getFirst().serverTime(),
                                        lines.stream().map(Line::seat).toList(),
                                        json));
    }

    /** Empty if there is no such schedule. */
    Mono<SeatStates> seatStates(ScheduleId schedule) {
        String sql =
                """
                SELECT string_agg(CASE WHEN status = 'AVAILABLE' OR held_until <= now() THEN '0'
                                  WHEN status = 'HELD' THEN '1' WHEN status = 'SOLD' THEN '2'
                                  ELSE '3' END, '' ORDER BY seat_number) AS letters,
                       now() AS server_time
                FROM seat WHERE schedule_id = :schedule HAVING count(*) > 0
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .map(
                        row ->
                                SeatStates.of(
                                        row.get("letters", String.class),
                                        row.get("server_time", Instant.class)))
                .one();
    }

    private static Seat seat(Readable row) {
        return new Seat(
                row.get("seat_number", Integer.class),
                row.get("status", String.class),
                row.get("price", Long.class),
                row.get("held_until", Instant.class));
    }

    private Concert concert(Readable row) {
        return new Concert(
                new ConcertId(row.get("id", Long.class)),
                row.get("title", String.class),
                row.get("artist", String.class),
                row.get("venue", String.class),
                row.get("time_zone", String.class),
                settings.currency().getCurrencyCode(),
                row.get("bookable", Boolean.class));
    }

    private Schedule schedule(Readable row) {
        String status = row.get("status", String.class);
        return new Schedule(
                new ScheduleId(row.get("id", Long.class)),
                new ConcertId(row.get("concert_id", Long.class)),
                row.get("concert_date", LocalDate.class),
                row.get("starts_at", Instant.class),
                row.get("moved_from", Instant.class),
                row.get("sales_open_at", Instant.class),
                row.get("sales_close_at", Instant.class),
                row.get("seat_count", Integer.class),
                row.get("remaining", Long.class),
                row.get("price", Long.class),
                row.get("seats_per_user", Integer.class),
                status,
                status.equals("ON_SALE"),
                row.get("upcoming", Boolean.class),
                Optional.ofNullable(row.get("plan_id", Long.class)).map(PlanId::new).orElse(null),
                prices(row.get("prices", String.class)));
    }

    private @Nullable Map<String, Long> prices(@Nullable String document) {
        return document == null ? null : json.readValue(document, PRICES);
    }

    private record Line(Instant serverTime, Seat seat) {}
}
