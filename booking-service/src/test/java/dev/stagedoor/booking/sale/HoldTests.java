package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.Headers;
import dev.stagedoor.devservices.Database;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a hold costs and counts for while it lasts. */
@Timeout(120)
class HoldTests {

    private final Booking booking = Booking.shared();
    private final ScheduleId schedule = booking.schedule();
    private final Visitor visitor = booking.visitor();

    @Test
    void lastsFiveMinutes() {
        Answered held = visitor.reserve(schedule, 1).is(201);

        assertThat(
                        Duration.between(
                                Instant.parse(held.text("createdAt")),
                                Instant.parse(held.text("holdExpiresAt"))))
                .isEqualTo(Duration.ofMinutes(5));
    }

    /**
     * Given back in turns, a hold costs nothing and leaves rows. Two at once are not both the last.
     */
    @Test
    void isOneOfFiveHundredInAnHour() throws Exception {
        String buyer = visitor.user().uuid().toString();
        String held = "SELECT hold('%s', NULL, NULL, %s, '{1}', 60000)".formatted(buyer, schedule);
        booking.sql(
                """
                SELECT give_back(buyer, NULL, NULL,
                       ((hold(buyer, NULL, NULL, ?, '{1}', 60000)).body::json
                        ->> 'reservationId')::uuid)
                FROM (SELECT ?::uuid AS buyer FROM generate_series(1, 499)) AS often
                """,
                schedule.value(), buyer);

        try (Connection last = booking.connect();
                var statement = last.createStatement()) {
            last.setAutoCommit(false);
            statement.execute(held);
            var beyond = CompletableFuture.supplyAsync(() -> booking.text(held));
            booking.awaitLockOf("hold");
            last.commit();
            assertThat(beyond.join()).startsWith("(too-many-requests,");
            assertThat(
                            booking.number(
                                    "SELECT count(*) FROM reservation WHERE user_id = ?",
                                    visitor.user().uuid()))
                    .isEqualTo(500);
        }

        Answered refused = visitor.reserve(schedule, 2).is(429, "too-many-requests");
        assertThat(refused.header("Retry-After")).isEqualTo("60");
        visitor.post(
                        "/api/v1/reservations",
                        "{\"scheduleId\":%s,\"quantity\":1}".formatted(schedule))
                .is(429, "too-many-requests");
        booking.visitor().reserve(schedule, 2).is(201);
        booking.sql(
                "UPDATE reservation SET created_at = created_at - interval '1 hour' WHERE user_id ="
                        + " ?",
                visitor.user().uuid());
        visitor.reserve(schedule, 3).is(201);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void isRefusedOnceTheShowHasBegunHoweverLongItIsOnSale() {
        booking.sql("UPDATE schedule SET starts_at = now() WHERE id = ?", schedule.value());

        visitor.reserve(schedule, 1).is(409, "sales-closed");
    }

    /** Seat 1 is waited for; meanwhile seat 2 is given back. */
    @Test
    void isNotRefusedForALimitThatIsNotReached() throws SQLException {
        String held = visitor.reserve(schedule, 2).text("reservationId");
        Visitor other = booking.visitor();

        try (Connection somebody = booking.connect()) {
            somebody.setAutoCommit(false);
            somebody.createStatement()
                    .execute(
                            "SELECT FROM seat WHERE schedule_id = %s AND seat_number = 1 FOR UPDATE"
                                    .formatted(schedule));
            var refused = other.reserving(schedule, null, 1, 2).toFuture();
            booking.awaitLockOf("hold");
            visitor.delete("/api/v1/reservations/" + held).is(204);
            somebody.commit();

            Answered answer = refused.join().is(409, "seat-contended");
            assertThat(answer.header("Retry-After")).isEqualTo("1");
        }
        other.reserve(schedule, 1, 2).is(201);
    }

    @Test
    void countsAgainstTheLimitOfItsShowAlone() {
        visitor.reserve(schedule, 1, 2, 3, 4).is(201);

        visitor.reserve(booking.schedule(), 1, 2, 3, 4).is(201);
    }

    @Test
    void namesWhatIsTakenInTheOrderOfTheSeats() {
        visitor.reserve(schedule, 1, 2, 3).is(201);

        Answered refused = booking.visitor().reserve(schedule, 3, 4, 1).is(409, "seat-taken");

        assertThat(refused.at("seatNumbers").toString()).isEqualTo("[1,3]");
    }

    /** Neither of the two who take its last seats over sees that the other has done so. */
    @Test
    void endsAlsoWhenItsSeatsGoToTwoOthersAtOnce() throws SQLException {
        String reservation = visitor.reserve(schedule, 1, 2).text("reservationId");
        booking.letHoldsRunOut(schedule);

        try (Connection first = booking.connect()) {
            first.setAutoCommit(false);
            first.createStatement()
                    .execute(
                            "SELECT hold('%s', NULL, NULL, %s, '{1}', 60000)"
                                    .formatted(booking.visitor().user().uuid(), schedule));
            var second = booking.visitor().reserving(schedule, null, 2).toFuture();
            booking.awaitLockOf("hold");
            first.commit();
            second.join().is(201);
        }

        assertThat(booking.text("SELECT status FROM reservation WHERE id = ?::uuid", reservation))
                .isEqualTo("EXPIRED");
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void keepsTheSessionForAsLongAsItLasts() {
        Answered first = visitor.reserving(schedule, "one", 1).block().is(201);
        Answered atOnce = visitor.reserving(schedule, "one", 1).block().is(201);
        booking.sql(
                "UPDATE kept_answer SET keeps_session = now() + interval '100 seconds'"
                        + " WHERE user_id = ?",
                visitor.user().uuid());
        Answered again = visitor.reserving(schedule, "one", 1).block().is(201);

        assertThat(seconds(first)).isBetween(299, 301);
        assertThat(seconds(atOnce)).isBetween(290, 301);
        assertThat(seconds(again)).isBetween(95, 101);
        assertThat(visitor.reserve(schedule, 1).header(Headers.SESSION)).isNull();
    }

    /** PostgreSQL says when a hold is over: how long that is, no other clock can tell. */
    @Test
    void keepsTheSessionByTheClockThatEndsIt() {
        Database database = OwnDatabase.create("an_hour_ahead");
        for (String clock : List.of("now", "clock_timestamp")) {
            OwnDatabase.in(database)
                    .sql(
                            """
                            CREATE SCHEMA IF NOT EXISTS ahead;
                            CREATE FUNCTION ahead.%1$s() RETURNS timestamptz LANGUAGE sql
                            RETURN pg_catalog.%1$s() + interval '1 hour'
                            """
                                    .formatted(clock));
        }
        try (Booking sale =
                Booking.patient(
                        null,
                        database,
                        "--stagedoor.booking.lock.redis=false",
                        "--spring.flyway.url=" + database.jdbcUrl(),
                        "--spring.r2dbc.url="
                                + database.r2dbcUrl()
                                + "?schema=ahead,pg_catalog,public")) {
            Answered held = sale.visitor().reserve(sale.schedule(), 1).is(201);

            assertThat(Instant.parse(held.text("holdExpiresAt")))
                    .isAfter(Instant.now().plus(Duration.ofHours(1)));
            assertThat(seconds(held)).isBetween(290, 301);
        }
    }

    private static int seconds(Answered answer) {
        return Integer.parseInt(answer.header(Headers.SESSION).replaceFirst("^extend=", ""));
    }

    @Test
    void isPaidForWithTicketsInTheOrderOfTheSeats() {
        visitor.charge(200_000).is(201);
        String held = visitor.reserve(schedule, 3, 1, 2).text("reservationId");

        assertThat(visitor.pay(held).is(201).at("tickets"))
                .extracting(it -> it.get("seatNumber").asInt())
                .containsExactly(1, 2, 3);
    }

    /** Whoever pays for it has the seat first, and wants the reservation then. */
    @Test
    void isGivenBackByWhoHasTheSeatsBeforeTheReservation() throws SQLException {
        String held = visitor.reserve(schedule, 1).text("reservationId");

        try (Connection somebody = booking.connect();
                var statement = somebody.createStatement()) {
            somebody.setAutoCommit(false);
            statement.execute(
                    "SELECT FROM seat WHERE schedule_id = %s AND seat_number = 1 FOR UPDATE"
                            .formatted(schedule));
            var given = visitor.send("DELETE", "/api/v1/reservations/" + held, "").toFuture();
            booking.awaitLockOf("give_back");
            statement.execute(
                    "SELECT FROM reservation WHERE id = '%s' FOR UPDATE NOWAIT".formatted(held));
            somebody.rollback();
            given.join().is(204);
        }
    }

    @Test
    void isNotLeftBehindByAPaymentForAnother() {
        visitor.charge(100_000).is(201);
        String one = visitor.reserve(schedule, 1).text("reservationId");
        String another = visitor.reserve(booking.schedule(), 1).text("reservationId");

        assertThat(visitor.pay(one).is(201).header(Headers.SESSION)).isNull();
        assertThat(visitor.pay(another).is(201).header(Headers.SESSION)).isEqualTo("complete");
    }

    @Test
    void isNotWaitedForByAPaymentOnceItHasRunOut() {
        ScheduleId other = booking.schedule();
        visitor.charge(100_000).is(201);
        visitor.reserve(other, 1).is(201);
        booking.letHoldsRunOut(other);

        String held = visitor.reserve(schedule, 1).text("reservationId");

        assertThat(visitor.pay(held).is(201).header(Headers.SESSION)).isEqualTo("complete");
    }

    @Test
    void isNotLeftBehindByAPaymentThatIsAnsweredAgain() {
        visitor.charge(100_000).is(201);
        String one = visitor.reserve(schedule, 1).text("reservationId");
        visitor.pay(one, "Idempotency-Key", "pay").is(201);
        String another = visitor.reserve(booking.schedule(), 1).text("reservationId");

        Answered again = visitor.pay(one, "Idempotency-Key", "pay").is(201);

        assertThat(again.header(Headers.SESSION)).isNull();
        visitor.delete("/api/v1/reservations/" + another).is(204);
        again = visitor.pay(one, "Idempotency-Key", "pay").is(201);
        assertThat(again.header(Headers.SESSION)).isEqualTo("complete");
    }

    /** Somebody has held and given back for months: whoever pays does not look at all of that. */
    @Test
    void isLookedForAmongWhatIsLiveAlone() throws SQLException {
        visitor.charge(50_000).is(201);
        String held = visitor.reserve(schedule, 1).text("reservationId");
        String buyer = visitor.user().uuid().toString();

        try (Connection connection = booking.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(
                    """
                    INSERT INTO reservation (user_id, schedule_id, seat_count, status, held_until)
                    SELECT '%s', %s, 1, 'CANCELLED', now() FROM generate_series(1, 3000)
                    """
                            .formatted(buyer, schedule));
            statement.execute("SELECT pay('%s', NULL, NULL, '%s')".formatted(buyer, held));
            try (var rows =
                    statement.executeQuery(
                            """
                            SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables
                            WHERE relname = 'reservation'
                            """)) {
                rows.next();
                assertThat(rows.getLong(1)).isLessThan(100);
            }
            connection.rollback();
        }
    }

    @Test
    void isDatedInEveryRowThatItChanges() {
        visitor.charge(50_000).is(201);
        String reservation = visitor.reserve(schedule, 1).text("reservationId");

        visitor.pay(reservation).is(201);

        assertThat(
                        booking.number(
                                """
                                SELECT count(*) FROM ticket
                                JOIN reservation ON reservation.id = reservation_id
                                JOIN payment ON payment.reservation_id = reservation.id
                                WHERE reservation.id = ?::uuid AND ticket.updated_at = paid_at
                                  AND reservation.updated_at = paid_at
                                  AND payment.updated_at = paid_at
                                """,
                                reservation))
                .isEqualTo(1);
    }
}
