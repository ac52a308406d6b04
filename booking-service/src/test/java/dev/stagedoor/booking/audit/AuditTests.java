package dev.stagedoor.booking.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.audit.Auditing.Violation;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.sql.Connection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The auditor is able to say no: in a database of its own, damage is done past every guard. */
@OwnServers
@Timeout(60)
class AuditTests {

    private static Booking booking;

    private ScheduleId schedule;

    @BeforeAll
    static void start() {
        booking =
                Booking.patient(
                        DevServices.redisUrl(),
                        OwnDatabase.create("audited"),
                        "--stagedoor.booking.lock.enabled=false");
    }

    @AfterAll
    static void stop() {
        booking.close();
    }

    /** One seat sold, one refunded, one held, one cancelled. */
    @BeforeEach
    void aSaleThatIsWell() {
        schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        visitor.charge(500_000).is(201);
        visitor.pay(visitor.reserve(schedule, 1).text("reservationId")).is(201);
        String refunded =
                visitor.pay(visitor.reserve(schedule, 2).text("reservationId")).text("paymentId");
        visitor.refund(refunded).is(200);
        visitor.reserve(schedule, 3).is(201);
        visitor.delete(visitor.reserve(schedule, 4).header("Location")).is(204);
        Audits.everythingIsWellIn(booking);
    }

    @AfterEach
    void sweepUpTheDamage() {
        booking.sql("SET session_replication_role = replica; TRUNCATE users, concert CASCADE");
        booking.sql("TRUNCATE kept_answer");
    }

    /** By the statement of docs/security.md. */
    @Test
    void guestsWhoHaveNothingToLoseAreDeletedAndNobodyElseIs() {
        Visitor gone = booking.visitor();
        Visitor paidIn = booking.visitor();
        paidIn.charge(1).is(201);
        Visitor held = booking.visitor();
        held.reserve(schedule, 5).is(201);
        Visitor comes = booking.visitor();
        Visitor named = booking.visitor();
        booking.sql(
                "UPDATE users SET email = 'kim@example.com', password = '-' WHERE id = ?",
                named.user().uuid());
        booking.sql("UPDATE users SET created_at = now() - interval '32 days'");
        Visitor fresh = booking.visitor();
        booking.sql("UPDATE sign_in SET ends_at = now() WHERE user_id <> ?", comes.user().uuid());

        booking.sql(Runbook.block("PostgreSQL", "sql", 0));

        assertThat(isKnown(gone)).isFalse();
        assertThat(List.of(paidIn, held, comes, named, fresh)).allMatch(AuditTests::isKnown);
        Audits.everythingIsWellIn(booking);
    }

    private static boolean isKnown(Visitor visitor) {
        return booking.number("SELECT count(*) FROM users WHERE id = ?", visitor.user().uuid()) > 0;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    SEAT_AGREES_WITH_TICKET          | UPDATE seat SET status = 'BLOCKED', ticket_id = NULL WHERE status = 'SOLD'
                    SEAT_AGREES_WITH_TICKET          | UPDATE seat SET status = 'SOLD', held_until = NULL WHERE status = 'HELD'
                    SEAT_POINTS_TO_ITS_TICKET        | UPDATE seat SET ticket_id = gen_random_uuid() WHERE status = 'SOLD'
                    PAID_MEANS_PAID                  | UPDATE payment SET status = 'REFUNDED' WHERE status = 'COMPLETED'
                    PAID_MEANS_PAID                  | UPDATE ticket SET status = 'RESERVED' WHERE status = 'PAID'
                    RESERVATION_IS_WHOLE             | DELETE FROM ticket WHERE status = 'PAID'
                    RESERVATION_IS_WHOLE             | UPDATE payment SET amount = amount + 1 WHERE status = 'PENDING'
                    PAYMENT_IS_IN_THE_LEDGER         | DELETE FROM ledger_entry WHERE entry = 2
                    PAYMENT_IS_IN_THE_LEDGER         | UPDATE ledger_entry SET amount = -1 WHERE entry = 2
                    PAYMENT_IS_IN_THE_LEDGER         | INSERT INTO ledger_entry SELECT user_id, 99, kind, amount, balance_after, payment_id FROM ledger_entry WHERE entry = 2
                    REFUND_IS_IN_THE_LEDGER          | DELETE FROM ledger_entry WHERE kind = 'REFUND'
                    REFUND_IS_IN_THE_LEDGER          | DELETE FROM refund
                    BALANCE_IS_THE_SUM_OF_THE_LEDGER | UPDATE account SET balance = balance + 1
                    LEDGER_HAS_NO_GAP                | UPDATE ledger_entry SET entry = 7 WHERE entry = 4
                    LEDGER_HAS_NO_GAP                | UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE entry = 1
                    LEDGER_HAS_NO_GAP                | UPDATE account SET entries = entries + 1
                    NOTHING_BELOW_ZERO               | UPDATE account SET balance = -1
                    NOTHING_BELOW_ZERO               | UPDATE ledger_entry SET balance_after = -1 WHERE entry = 1
                    MONEY_IS_CONSERVED               | UPDATE account SET balance = balance + 1
                    EVERY_SEAT_IS_THERE              | DELETE FROM seat WHERE seat_number = 50
                    EVERY_SEAT_IS_THERE              | UPDATE seat SET seat_number = 60 WHERE seat_number = 20
                    CANCELLED_MEANS_OVER             | UPDATE schedule SET cancelled_at = now(), cancelled_for = 'rain', settled_at = now()
                    NOTHING_WAITS_WITHOUT_A_SEAT     | UPDATE seat SET status = 'AVAILABLE', ticket_id = NULL, held_until = NULL WHERE status = 'HELD'
                    NOTHING_WAITS_WITHOUT_A_SEAT     | UPDATE payment SET status = 'CANCELLED' WHERE status = 'PENDING'
                    NOTHING_WAITS_WITHOUT_A_SEAT     | UPDATE seat SET held_until = held_until + interval '1 h' WHERE status = 'HELD'
                    ENDED_MEANS_ENDED                | UPDATE ticket SET status = 'EXPIRED' WHERE status = 'PAID'
                    ENDED_MEANS_ENDED                | UPDATE ticket SET status = 'REFUNDED' WHERE status = 'PAID'
                    WHO_IS_INSIDE_HAS_PAID           | INSERT INTO check_in (ticket_id, door, operator, entered_at) SELECT id, 'North', 'Kim', now() FROM ticket WHERE status = 'REFUNDED'
                    WHO_IS_INSIDE_HAS_PAID           | INSERT INTO check_in (ticket_id, door, operator, entered_at) SELECT id, 'North', 'Kim', now() FROM ticket WHERE status = 'RESERVED'
                    """)
    void damageIsFound(String invariant, String damage) throws Exception {
        withoutAnyGuard(damage);

        assertThat(audit()).extracting(Violation::invariant).contains(invariant);
    }

    /** The law removed and the lock off, writers who look and then leap sell a seat twice. */
    @Test
    void aSeatSoldTwiceIsFound() throws Exception {
        booking.sql("DROP INDEX one_live_ticket_per_seat");
        try {
            lookAndLeap(8);

            assertThat(audit())
                    .extracting(Violation::invariant)
                    .contains("ONE_LIVE_TICKET_PER_SEAT");
        } finally {
            sweepUpTheDamage();
            booking.sql(
                    """
                    CREATE UNIQUE INDEX one_live_ticket_per_seat ON ticket (schedule_id, seat_number)
                    WHERE status IN ('RESERVED', 'PAID')
                    """);
        }
    }

    /** The same writers against the law: all but one are refused. */
    @Test
    void withTheLawInPlaceASeatIsNotSoldTwice() throws Exception {
        long before = liveTicketsOf(9);

        lookAndLeap(8);

        assertThat(before).isZero();
        assertThat(liveTicketsOf(9)).isEqualTo(1);
    }

    private void lookAndLeap(int writers) throws Exception {
        CountDownLatch allHaveLooked = new CountDownLatch(writers);
        try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
            for (int i = 0; i < writers; i++) {
                UUID user = booking.visitor().user().uuid();
                threads.submit(
                        () -> {
                            long free =
                                    booking.number(
                                            "SELECT count(*) FROM seat WHERE schedule_id = ? AND"
                                                    + " seat_number = 9 AND status = 'AVAILABLE'",
                                            schedule.value());
                            allHaveLooked.countDown();
                            allHaveLooked.await();
                            if (free == 1) {
                                leap(user);
                            }
                            return null;
                        });
            }
        }
    }

    private void leap(UUID user) {
        UUID reservation = UUID.randomUUID();
        UUID ticket = UUID.randomUUID();
        booking.sql(
                """
                WITH held AS (
                    INSERT INTO reservation (id, user_id, schedule_id, seat_count, held_until)
                    VALUES (?, ?, ?, 1, now() + interval '5 min') RETURNING *
                ), pending AS (
                    INSERT INTO payment (id, reservation_id, user_id, amount)
                    SELECT gen_random_uuid(), id, user_id, 50000 FROM held
                ), ticket AS (
                    INSERT INTO ticket (id, reservation_id, user_id, schedule_id, seat_number, price)
                    SELECT ?, id, user_id, schedule_id, 9, 50000 FROM held
                )
                UPDATE seat SET status = 'HELD', ticket_id = ?, held_until = held.held_until
                FROM held WHERE seat.schedule_id = held.schedule_id AND seat_number = 9
                """,
                reservation,
                user,
                schedule.value(),
                ticket,
                ticket);
    }

    private long liveTicketsOf(int seat) {
        return booking.number(
                """
                SELECT count(*) FROM ticket
                WHERE schedule_id = ? AND seat_number = ? AND status IN ('RESERVED', 'PAID')
                """,
                schedule.value(),
                seat);
    }

    private static List<Violation> audit() {
        return booking.bean(Auditing.class).audit().block();
    }

    /** Triggers and foreign keys are asleep, checks and unique keys are away for the while. */
    private void withoutAnyGuard(String damage) throws Exception {
        try (Connection connection = booking.connect();
                var statement = connection.createStatement()) {
            statement.execute("SET session_replication_role = replica");
            statement.execute(
                    """
                    ALTER TABLE account DROP CONSTRAINT IF EXISTS balance_never_negative;
                    ALTER TABLE ledger_entry
                        DROP CONSTRAINT IF EXISTS ledger_entry_balance_after_check,
                        DROP CONSTRAINT IF EXISTS ledger_entry_payment_id_kind_key;
                    """);
            assertThat(statement.executeUpdate(damage)).as("rows damaged").isPositive();
        }
    }
}
