package dev.stagedoor.booking.rehearsal;

import dev.stagedoor.booking.rehearsal.RehearsedPostgres.Row;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a database would say of one concert on one evening: every act is done, and the best seats
 * are always gone.
 */
final class RehearsedSale {

    static final long CONCERT = 1;
    static final long SCHEDULE = 1;
    static final String RESERVATION = "01990000-0000-7000-8000-000000000001";

    private static final String PAID =
            """
            {"paymentId":"01990000-0000-7000-8000-000000000002","reservationId":"%s",
             "amount":50000,"status":"PAID","balanceAfter":950000}
            """
                    .formatted(RESERVATION);

    private static final String CHARGED = "{\"amount\":1000,\"balanceAfter\":1001000}";

    private static final String OUTCOME =
            "outcome detail status location completes_session keeps_session changed_schedule body"
                    + " told_at";
    private static final String CONCERTS = "id title artist venue time_zone bookable";
    private static final String SCHEDULES =
            "id concert_id concert_date starts_at moved_from sales_open_at sales_close_at"
                    + " seat_count seats_per_user price remaining plan_id prices upcoming status";
    private static final String SEAT = "seat_number price server_time status held_until";

    private static final int SEATS = 500;
    private static final long PRICE = 50_000;
    private static final Duration HOLD = Duration.ofMinutes(5);

    /** By what only that statement says. */
    private final Map<String, List<Row>> answers;

    RehearsedSale(Instant now) {
        answers =
                Map.ofEntries(
                        one("hold(", done(201, now, held(now))),
                        one("hold_best(", refused()),
                        one("pay(", done(201, null, PAID)),
                        one("charge(", done(201, null, CHARGED)),
                        one("SELECT is_known(", new Row("is_known", true)),
                        one("reservation_document(", new Row("document", held(now))),
                        one("reservations(", new Row("document", "{\"reservations\":[]}")),
                        one("balance(", new Row("document", "{\"balance\":1000000}")),
                        one("SHOW TRANSACTION ISOLATION", new Row("level", "read committed")),
                        one("SELECT max(id)", new Row("newest", SCHEDULE)),
                        one("FROM concert ORDER BY", concert()),
                        one("FROM schedule CROSS JOIN", schedule(now)),
                        one("string_agg(CASE WHEN", states(now)),
                        Map.entry("SELECT seat_number, price", seats(now)));
    }

    private static Map.Entry<String, List<Row>> one(String statement, Row row) {
        return Map.entry(statement, List.of(row));
    }

    /** What a statement yields; none for whatever is only to be done. */
    List<Row> rows(String statement) {
        return answers.entrySet().stream()
                .filter(it -> statement.contains(it.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(List.of());
    }

    private static String held(Instant now) {
        return """
        {"reservationId":"%s","scheduleId":%d,"status":"HELD","tickets":[
         {"ticketId":"01990000-0000-7000-8000-000000000003","seatNumber":1,"price":50000,"status":"RESERVED"}],
         "payment":null,"createdAt":"%s","holdExpiresAt":"%s","scheduleCancelled":false}
        """
                .formatted(RESERVATION, SCHEDULE, now, now.plus(HOLD));
    }

    private static Row done(int status, @Nullable Instant held, String body) {
        String where = "/api/v1/reservations/" + RESERVATION;
        Instant until = held == null ? null : held.plus(HOLD);
        return new Row(
                OUTCOME, "done", null, status, where, held == null, until, SCHEDULE, body, held);
    }

    private static Row refused() {
        String none = "{\"available\":0}";
        return new Row(OUTCOME, "not-enough-seats", none, null, null, null, null, null, null, null);
    }

    private static Row concert() {
        return new Row(CONCERTS, CONCERT, "Rehearsal", "Ensemble", "Hall", "UTC", true);
    }

    private static Row schedule(Instant now) {
        Instant evening = now.plus(Duration.ofDays(7));
        LocalDate date = LocalDate.ofInstant(evening, ZoneOffset.UTC);
        return new Row(
                SCHEDULES,
                SCHEDULE,
                CONCERT,
                date,
                evening,
                null,
                now,
                evening,
                SEATS,
                4,
                PRICE,
                (long) SEATS,
                null,
                null,
                true,
                "ON_SALE");
    }

    private static List<Row> seats(Instant now) {
        return IntStream.rangeClosed(1, SEATS)
                .mapToObj(number -> new Row(SEAT, number, PRICE, now, "AVAILABLE", null))
                .toList();
    }

    private static Row states(Instant now) {
        return new Row("letters server_time", "0".repeat(SEATS), now);
    }
}
