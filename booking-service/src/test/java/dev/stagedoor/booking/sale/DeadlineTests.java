package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** What happens to a hold when its time is over; time is moved in the database. */
@Timeout(120)
class DeadlineTests {

    private final Booking booking = Booking.shared();
    private final ScheduleId schedule = booking.schedule();
    private final Visitor visitor = booking.visitor();

    @Test
    void thatRanOutIsFreeWithoutAnyJob() {
        Answered held = visitor.reserve(schedule, 1, 2).is(201);

        booking.letHoldsRunOut(schedule);

        Visitor other = booking.visitor();
        Answered seats = other.get("/api/v1/schedules/" + schedule + "/seats");
        assertThat(seats.text("seats/0/status")).isEqualTo("AVAILABLE");
        assertThat(visitor.get(held.header("Location")).text("status")).isEqualTo("EXPIRED");
        assertThat(visitor.get("/api/v1/tickets").text("tickets/0/status")).isEqualTo("EXPIRED");
        assertThat(visitor.get("/api/v1/payments").text("payments/0/status")).isEqualTo("EXPIRED");
        other.reserve(schedule, 1).is(201);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void thatRanOutCannotBePaidAndNothingIsDebited() {
        visitor.charge(100_000).is(201);
        String reservation = visitor.reserve(schedule, 1).text("reservationId");

        booking.letHoldsRunOut(schedule);

        visitor.pay(reservation).is(410, "hold-expired");
        booking.visitor().reserve(schedule, 1).is(201);
        visitor.pay(reservation).is(410, "hold-expired");
        assertThat(visitor.balance()).isEqualTo(100_000);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void ofSeveralSeatsIsTakenOverSeatBySeat() {
        String reservation = visitor.reserve(schedule, 1, 2, 3).text("reservationId");
        booking.letHoldsRunOut(schedule);

        booking.visitor().reserve(schedule, 2).is(201);
        Audits.everythingIsWellIn(booking);
        booking.visitor().reserve(schedule, 1, 3).is(201);

        Audits.everythingIsWellIn(booking);
        assertThat(status(reservation)).isEqualTo("EXPIRED");
    }

    @Test
    void ofWhichAPartIsGoneIsGivenBack() {
        String reservation = visitor.reserve(schedule, 1, 2).text("reservationId");
        booking.letHoldsRunOut(schedule);
        booking.visitor().reserve(schedule, 2).is(201);

        visitor.delete("/api/v1/reservations/" + reservation).is(204);

        assertThat(status(reservation)).isEqualTo("CANCELLED");
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void thatRanOutDoesNotCountAgainstTheLimit() {
        visitor.reserve(schedule, 1, 2, 3, 4).is(201);
        visitor.reserve(schedule, 5).is(409, "seat-limit-reached");

        booking.letHoldsRunOut(schedule);

        visitor.reserve(schedule, 5, 6, 7, 8).is(201);
    }

    @Test
    void thatRanOutIsNotSaidToBeTaken() {
        visitor.reserve(schedule, 1).is(201);
        booking.letHoldsRunOut(schedule);
        booking.visitor().reserve(schedule, 2).is(201);

        Answered refused = booking.visitor().reserve(schedule, 1, 2).is(409, "seat-taken");

        assertThat(refused.at("seatNumbers").toString()).isEqualTo("[2]");
    }

    @Test
    void isSweptWithItsTicketsAndItsPayment() {
        String reservation = visitor.reserve(schedule, 1, 2).text("reservationId");
        String kept = visitor.reserve(schedule, 3).text("reservationId");
        booking.sql(
                "UPDATE reservation SET held_until = now() - interval '5 s' WHERE id = ?::uuid",
                reservation);
        booking.sql(
                """
                UPDATE seat SET held_until = now() - interval '5 s'
                WHERE ticket_id IN (SELECT id FROM ticket WHERE reservation_id = ?::uuid)
                """,
                reservation);

        booking.bean(Sweeping.class).sweep().block();

        assertThat(status(reservation)).isEqualTo("EXPIRED");
        assertThat(status(kept)).isEqualTo("HELD");
        assertThat(heldSeats()).isEqualTo(1);
        Audits.everythingIsWellIn(booking);
    }

    /** By an hour, as a server whose clock was that much ahead has been replaced. */
    @Test
    void lastsAsLongAsAnyFromNowOnThoughTheClockWasAheadWhenItBegan() throws SQLException {
        String reservation = visitor.reserve(schedule, 1, 2).text("reservationId");
        String other = booking.visitor().reserve(schedule, 3).text("reservationId");
        anHourAhead("UPDATE reservation WHERE id = '%s'".formatted(reservation));
        anHourAhead(
                "UPDATE seat WHERE schedule_id = %s AND seat_number IN (1, 2)".formatted(schedule));

        booking.bean(Sweeping.class).sweep().block();

        assertThat(booking.number(LONGEST, schedule.value())).isBetween(290L, 300L);
        assertThat(status(reservation)).isEqualTo("HELD");
        booking.letHoldsRunOut(schedule);
        booking.visitor().reserve(schedule, 1, 2, 3).is(201);
        assertThat(status(reservation)).isEqualTo("EXPIRED");
        assertThat(status(other)).isEqualTo("EXPIRED");
        Audits.everythingIsWellIn(booking);
    }

    private static final String LONGEST =
            """
            SELECT extract(epoch FROM max(greatest(seat.held_until, reservation.held_until)) - now())::bigint
            FROM seat JOIN ticket ON ticket.id = seat.ticket_id
            JOIN reservation ON reservation.id = ticket.reservation_id
            WHERE seat.schedule_id = ?
            """;

    private void anHourAhead(String rows) throws SQLException {
        try (Connection connection = booking.connect();
                var statement = connection.createStatement()) {
            statement.execute("SET session_replication_role = replica"); // or the time is noted
            statement.execute(
                    rows.replaceFirst(
                            " WHERE",
                            " SET held_until = held_until + interval '1 h',"
                                    + " updated_at = updated_at + interval '1 h' WHERE"));
        }
    }

    @Test
    void isSweptSoManyAtATimeAndNotBeforeTheGrace() {
        visitor.reserve(schedule, 1, 2, 3).is(201);
        booking.letHoldsRunOut(schedule);

        booking.sql("SELECT sweep(60000, 1000)");
        assertThat(heldSeats()).isEqualTo(3);
        assertThat(booking.number("SELECT sweep(5000, 2)")).isEqualTo(2);
    }

    @Test
    void isSweptOnceByManySweepers() {
        ScheduleId large = booking.schedule(500, 500);
        Flux.range(0, 50)
                .concatMap(i -> visitor.reserving(large, null, tenFrom(i * 10 + 1)))
                .blockLast();
        booking.letHoldsRunOut(large);
        long before = expiredTickets();

        List<Long> swept =
                Flux.range(0, 8)
                        .flatMap(_ -> booking.bean(Sweeping.class).sweep(), 8)
                        .collectList()
                        .block();

        assertThat(swept.stream().mapToLong(Long::longValue).sum())
                .isEqualTo(expiredTickets() - before)
                .isGreaterThanOrEqualTo(500);
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM seat WHERE schedule_id = ? AND status <>"
                                        + " 'AVAILABLE'",
                                large.value()))
                .isZero();
        Audits.everythingIsWellIn(booking);
    }

    /** Of all shows: holds of other tests run out as well, each when its five minutes are over. */
    private long expiredTickets() {
        return booking.number("SELECT count(*) FROM ticket WHERE status = 'EXPIRED'");
    }

    /** The deadline passes while payer, sweeper and a rival are on their way. */
    @Test
    void endsForExactlyOneOfPayerRivalAndSweeper() {
        visitor.charge(5_000_000).is(201);
        ScheduleId many = booking.schedule(60, 60);
        int paid = 0;
        for (int seat = 1; seat <= 60; seat++) {
            String reservation = visitor.reserve(many, seat).is(201).text("reservationId");
            deadlineIn(reservation, seat == 1 ? 600_000 : 5 + seat % 12 * 4);
            List<Answered> answers = payerAndRival(many, reservation, seat);
            paid += count(answers, 0, 201);
            assertThat(count(answers, 0, 201) + count(answers, 1, 201)).isLessThanOrEqualTo(1);
            assertThat(answers.get(0).status()).isIn(201, 410);
        }

        Audits.everythingIsWellIn(booking);
        assertThat(visitor.balance()).isEqualTo(5_000_000 - paid * 50_000L);
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM seat WHERE schedule_id = ? AND status ="
                                        + " 'SOLD'",
                                many.value()))
                .isEqualTo(paid);
        assertThat(paid).as("rounds won by the payer").isPositive();
        assertThat(60 - paid).as("rounds lost by the payer").isPositive();
    }

    private List<Answered> payerAndRival(ScheduleId many, String reservation, int seat) {
        Visitor rival = booking.visitor();
        Mono<Answered> paying =
                Mono.delay(Duration.ofMillis(seat % 10)).then(visitor.paying(reservation));
        Mono<Answered> rivalling =
                Mono.delay(Duration.ofMillis(seat % 7)).then(rival.reserving(many, null, seat));
        Mono<Long> sweeping =
                Mono.delay(Duration.ofMillis(seat % 5)).then(booking.bean(Sweeping.class).sweep());
        return Mono.zip(paying, rivalling, sweeping)
                .map(all -> List.of(all.getT1(), all.getT2()))
                .block();
    }

    private void deadlineIn(String reservation, int millis) {
        booking.sql(
                """
                WITH deadline AS (SELECT clock_timestamp() + ? * interval '1 ms' AS at),
                moved AS (UPDATE reservation SET held_until = at FROM deadline
                          WHERE id = ?::uuid)
                UPDATE seat SET held_until = at FROM deadline
                WHERE ticket_id IN (SELECT id FROM ticket WHERE reservation_id = ?::uuid)
                """,
                millis,
                reservation,
                reservation);
    }

    private String status(String reservation) {
        return booking.text("SELECT status FROM reservation WHERE id = ?::uuid", reservation);
    }

    private long heldSeats() {
        return booking.number(
                "SELECT count(*) FROM seat WHERE schedule_id = ? AND status = 'HELD'",
                schedule.value());
    }

    private static int[] tenFrom(int first) {
        return IntStream.range(first, first + 10).toArray();
    }

    private static int count(List<Answered> answers, int who, int status) {
        return answers.get(who).status() == status ? 1 : 0;
    }

    /** What begins before a deadline and what begins after it agree on which side the hold is. */
    @Test
    void isNotPaidOnceAnotherHasItsPlaceInTheLimit() throws SQLException {
        ScheduleId oneEach = booking.schedule(2, 1);
        visitor.charge(100_000).is(201);
        String first = visitor.reserve(oneEach, 1).is(201).text("reservationId");

        try (Connection paying = booking.connect();
                var statement = paying.createStatement()) {
            paying.setAutoCommit(false);
            statement.execute("SELECT now()");
            deadlineIn(first, 0);
            String second = visitor.reserve(oneEach, 2).is(201).text("reservationId");
            statement.execute(
                    "SELECT pay('%s', NULL, NULL, '%s')".formatted(visitor.user().uuid(), first));
            paying.commit();
            visitor.pay(second).is(201);
        }

        assertThat(status(first)).isNotEqualTo("PAID");
        assertThat(visitor.balance()).isEqualTo(50_000);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void isPaidAfterWhateverElseItsHolderDoesOrNotAtAll() throws SQLException {
        visitor.charge(50_000).is(201);
        String reservation = visitor.reserve(schedule, 1).text("reservationId");

        try (Connection holding = booking.connect();
                var statement = holding.createStatement()) {
            holding.setAutoCommit(false);
            statement.execute(
                    "SELECT FROM users WHERE id = '%s' FOR NO KEY UPDATE"
                            .formatted(visitor.user().uuid()));
            var paid = visitor.paying(reservation).toFuture();
            booking.awaitLockOf("pay");
            deadlineIn(reservation, 0);
            holding.commit();

            paid.join().is(410, "hold-expired");
        }
    }

    /** One of its seats goes to somebody else between the look at the hold and the deed. */
    @Test
    void isPaidAsAWholeOrNotAtAll() throws SQLException {
        visitor.charge(100_000).is(201);
        String reservation = visitor.reserve(schedule, 1, 2).text("reservationId");
        Visitor rival = booking.visitor();

        try (Connection holding = booking.connect();
                var statement = holding.createStatement()) {
            holding.setAutoCommit(false);
            statement.execute(
                    "UPDATE seat SET held_until = now() WHERE schedule_id = %s AND seat_number = 2"
                            .formatted(schedule));
            statement.execute(
                    "SELECT hold('%s', NULL, NULL, %s, '{2}', 60000)"
                            .formatted(rival.user().uuid(), schedule));
            var paid = visitor.paying(reservation).toFuture();
            booking.awaitLockOf("pay");
            holding.commit();

            paid.join().is(503, "booking-busy");
        }
        assertThat(visitor.balance()).isEqualTo(100_000);
        Audits.everythingIsWellIn(booking);
    }

    /** Beside what it takes the database to hold them: a busy machine makes both of them late. */
    @Test
    void tenThousandThatRunOutAtOnceAreTidiedInSecondsAndNoBuyerNotices() {
        ScheduleId hall = booking.schedule(10_000, 4);
        Visitor buyer = booking.visitor();
        List<Long> before = Flux.range(1, 60).map(_ -> held(buyer)).sort().collectList().block();
        long put = System.nanoTime();
        booking.sql(TEN_THOUSAND_HOLDS, hall.value(), visitor.user().uuid());
        Duration putting = Duration.ofNanos(System.nanoTime() - put);

        long begun = System.nanoTime();
        CompletableFuture<Duration> sweep =
                booking.bean(Sweeping.class)
                        .sweep()
                        .map(_ -> Duration.ofNanos(System.nanoTime() - begun))
                        .toFuture();
        List<Long> meanwhile = new ArrayList<>();
        while (!sweep.isDone()) {
            meanwhile.add(held(booking.visitor()));
        }
        meanwhile.sort(null);

        assertThat(sweep.join()).isLessThan(putting.multipliedBy(5).plusSeconds(2));
        assertThat(p95(meanwhile)).isLessThan(p95(before) * 2 + 100);
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM reservation WHERE schedule_id = ? AND status"
                                        + " <> 'EXPIRED'",
                                hall.value()))
                .isZero();
        Audits.everythingIsWellIn(booking);
    }

    /** In milliseconds. */
    private long held(Visitor buyer) {
        long begun = System.nanoTime();
        String reservation = buyer.reserve(schedule, 1).is(201).text("reservationId");
        long taken = System.nanoTime() - begun;
        buyer.delete("/api/v1/reservations/" + reservation).is(204);
        return taken / 1_000_000;
    }

    private static long p95(List<Long> sorted) {
        return sorted.get((sorted.size() - 1) * 95 / 100);
    }

    private static final String TEN_THOUSAND_HOLDS =
            """
            WITH wanted AS (
                SELECT ?::bigint AS schedule, ?::uuid AS holder, number,
                       gen_random_uuid() AS reservation, gen_random_uuid() AS ticket
                FROM generate_series(1, 10000) AS number
            ), held AS (
                INSERT INTO reservation (id, user_id, schedule_id, seat_count, held_until)
                SELECT reservation, holder, schedule, 1, now() - interval '1 second' FROM wanted
            ), tickets AS (
                INSERT INTO ticket (id, reservation_id, user_id, schedule_id, seat_number, price)
                SELECT ticket, reservation, holder, schedule, number, 50000 FROM wanted
            ), pending AS (
                INSERT INTO payment (id, reservation_id, user_id, amount)
                SELECT gen_random_uuid(), reservation, holder, 50000 FROM wanted
            )
            UPDATE seat SET status = 'HELD', ticket_id = wanted.ticket,
                   held_until = now() - interval '1 second'
            FROM wanted WHERE schedule_id = wanted.schedule AND seat_number = wanted.number
            """;
}
