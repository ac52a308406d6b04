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
final class RehearsedSale implements RehearsedPostgres.Answers {

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

    private static final int SEATS = 500;
    private static final Duration HOLD = Duration.ofMinutes(5);

    /** By what only that statement says. */
    private final Map<String, List<Row>> answers;

    RehearsedSale(Instant now) {
        Instant evening = now.plus(Duration.ofDays(7));
        answers =
                Map.ofEntries(
                        Map.entry("hold(", List.of(done(201, now, held(now)))),
                        Map.entry("hold_best(", List.of(refused())),
                        Map.entry("pay(", List.of(done(201, null, PAID))),
                        Map.entry("charge(", List.of(done(201, null, CHARGED))),
                        Map.entry("SELECT is_known(", List.of(new Row("is_known", true))),
                        Map.entry("reservation_document(", document(held(now))),
                        Map.entry("reservations(", document("{\"reservations\":[]}")),
                        Map.entry("balance(", document("{\"balance\":1000000}")),
                        Map.entry("SHOW TRANSACTION ISOLATION", isolation()),
                        Map.entry("FROM concert ORDER BY", List.of(concert())),
                        Map.entry("FROM schedule CROSS JOIN", List.of(schedule(now, evening))),
                        Map.entry("SELECT seat_number, price", seats(now)),
                        Map.entry("string_agg(CASE WHEN", List.of(states(now))));
    }

    @Override
    public List<Row> to(String statement) {
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

    private static Row done(int status, @Nullable Instant now, String body) {
        return new Row()
                .with("outcome", "done")
                .with("detail", null)
                .with("status", status)
                .with("location", "/api/v1/reservations/" + RESERVATION)
                .with("completes_session", now == null)
                .with("keeps_session", now == null ? null : now.plus(HOLD))
                .with("changed_schedule", SCHEDULE)
                .with("body", body);
    }

    private static Row refused() {
        return new Row(
                "outcome", "not-enough-seats",
                "detail", "{\"available\":0}",
                "status", null,
                "location", null,
                "completes_session", null,
                "keeps_session", null,
                "changed_schedule", null,
                "body", null);
    }

    private static List<Row> document(String text) {
        return List.of(new Row("document", text));
    }

    private static List<Row> isolation() {
        return List.of(new Row("transaction_isolation", "read committed"));
    }

    private static Row concert() {
        return new Row(
                "id", CONCERT,
                "title", "Rehearsal",
                "artist", "Ensemble",
                "venue", "Hall",
                "time_zone", "UTC",
                "bookable", true);
    }

    private static Row schedule(Instant now, Instant evening) {
        return new Row()
                .with("id", SCHEDULE)
                .with("concert_id", CONCERT)
                .with("concert_date", LocalDate.ofInstant(evening, ZoneOffset.UTC))
                .with("starts_at", evening)
                .with("moved_from", null)
                .with("sales_open_at", now)
                .with("sales_close_at", evening)
                .with("seat_count", SEATS)
                .with("seats_per_user", 4)
                .with("price", 50_000L)
                .with("remaining", (long) SEATS)
                .with("plan_id", null)
                .with("prices", null)
                .with("upcoming", true)
                .with("status", "ON_SALE");
    }

    private static List<Row> seats(Instant now) {
        return IntStream.rangeClosed(1, SEATS)
                .mapToObj(
                        number ->
                                new Row()
                                        .with("seat_number", number)
                                        .with("price", 50_000L)
                                        .with("server_time", now)
                                        .with("status", "AVAILABLE")
                                        .with("held_until", null))
                .toList();
    }

    private static Row states(Instant now) {
        return new Row("letters", "0".repeat(SEATS), "server_time", now);
    }
}
