package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.DevServices;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Who is cut off while many are paid back, and one order at the seller's word. */
@Timeout(60)
class PayingBackTests extends OneSeller {

    /** A process that is killed leaves whole batches behind; its last one is undone. */
    @Test
    void whoeverIsCutOffInTheMiddleLeavesTheRestToOthers() throws Exception {
        settle();
        ScheduleId schedule = booking.schedule(12, 12);
        List<Visitor> buyers = soldOut(schedule, 12);
        admin.post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"rain\"}").is(200);

        booking.sql("SELECT settle(?, 5)", schedule.value());
        try (Connection dying = booking.connect();
                var statement = dying.createStatement()) {
            dying.setAutoCommit(false);
            statement.execute("SELECT settle(%s, 5)".formatted(schedule));
            assertThat(paidOf(schedule)).isEqualTo(7);
            settle();
            assertThat(paidOf(schedule)).as("nobody else is at it meanwhile").isEqualTo(7);
        }

        // the server hears of the end of a connection a moment later
        await().untilAsserted(
                        () -> {
                            settle();
                            assertThat(paidOf(schedule)).isZero();
                        });
        assertThat(buyers).allSatisfy(it -> assertThat(it.balance()).isEqualTo(1_000_000));
        Audits.everythingIsWellIn(booking);
    }

    private List<Visitor> soldOut(ScheduleId schedule, int seats) {
        List<Visitor> buyers = IntStream.range(0, 3).mapToObj(_ -> buyer()).toList();
        for (int seat = 1; seat <= seats; seat++) {
            Visitor buyer = buyers.get(seat % buyers.size());
            buyer.pay(held(buyer, schedule, seat)).is(201);
        }
        return buyers;
    }

    @Test
    void theSellerRefundsOneOrderAlsoAfterTheConcertHasBegun() {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        String payment = buyer.pay(held(buyer, schedule, 1)).text("paymentId");
        booking.sql(
                "UPDATE schedule SET starts_at = now() - interval '1 hour' WHERE id = ?",
                schedule.value());
        String refund = "/admin/payments/" + payment + "/refund";
        buyer.refund(payment).is(409, "payment-not-refundable");

        Answered first = admin.post(refund, "{\"reason\":\"seat broken\"}").is(200);
        Answered second = admin.post(refund, "{\"reason\":\"once more\"}").is(200);

        assertThat(first.text("reason")).isEqualTo("seat broken");
        assertThat(first.number("balanceAfter")).isEqualTo(1_000_000);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(changes("payment " + payment + " %"))
                .isEqualTo("payment %s refunded: seat broken".formatted(payment));
        assertThat(buyer.balance()).isEqualTo(1_000_000);
        assertThat(buyer.get("/api/v1/payments/" + payment).text("refundReason"))
                .isEqualTo("seat broken");
        Visitor late = buyer();
        String pending = late.reserve(booking.schedule(), 1).is(201).text("payment/paymentId");
        admin.post("/admin/payments/" + pending + "/refund", "{\"reason\":\"x\"}")
                .is(409, "payment-not-refundable");
        admin.post("/admin/payments/" + pending.replace('7', '8') + "/refund", "{\"reason\":\"x\"}")
                .is(404, "payment-not-found");
        Audits.everythingIsWellIn(booking);
    }

    /** On two instances at once: whoever comes second hears that it is refunded already. */
    @Test
    void whoRefundsTwiceAtOnceIsPaidBackOnce() throws Exception {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        String payment = buyer.pay(held(buyer, schedule, 1)).text("paymentId");
        String refund =
                "SELECT refund('%s', NULL, NULL, '%s')".formatted(buyer.user().uuid(), payment);

        try (Connection first = booking.connect();
                var statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute(refund);
            CompletableFuture<String> second =
                    CompletableFuture.supplyAsync(() -> booking.text(refund));
            booking.awaitLockOf("refund");
            first.commit();
            assertThat(second.get()).startsWith("(payment-not-refundable,");
        }
        Audits.everythingIsWellIn(booking);
    }

    /** The seller's word beside the buyer's: it is refunded, and the seller hears how. */
    @Test
    void whoRefundsForABuyerWhoDoesSoHearsOfTheirRefund() throws Exception {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        String payment = buyer.pay(held(buyer, schedule, 1)).text("paymentId");

        try (Connection first = booking.connect();
                var statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute(
                    "SELECT refund('%s', NULL, NULL, '%s')"
                            .formatted(buyer.user().uuid(), payment));
            CompletableFuture<String> second = refundingFor(payment);
            booking.awaitLockOf("refund_for");
            first.commit();
            assertThat(second.get()).startsWith("(replayed,").contains("REFUNDED", payment);
        }
        assertThat(buyer.balance()).isEqualTo(1_000_000);
        Audits.everythingIsWellIn(booking);
    }

    /** Entries of one ledger follow each other, whoever writes them. */
    @Test
    void whoPaysInWhileTheyArePaidBackHasBoth() throws Exception {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        String payment = buyer.pay(held(buyer, schedule, 1)).text("paymentId");

        try (Connection charging = booking.connect();
                var statement = charging.createStatement()) {
            charging.setAutoCommit(false);
            statement.execute(
                    "SELECT charge('%s', NULL, NULL, 500)".formatted(buyer.user().uuid()));
            CompletableFuture<String> refund = refundingFor(payment);
            booking.awaitLockOf("refund_for");
            charging.commit();
            assertThat(refund.get()).startsWith("(done,");
        }
        assertThat(buyer.balance()).isEqualTo(1_000_500);
        Audits.everythingIsWellIn(booking);
    }

    /** Who has come in while the seller's refund waited had a ticket. */
    @Test
    void whoComesInWhileASeatIsWaitedForIsPaidBackLater() throws Exception {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        String payment = buyer.pay(held(buyer, schedule, 1)).text("paymentId");

        try (Connection blocker = booking.connect();
                var statement = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            statement.execute(
                    "SELECT FROM seat WHERE schedule_id = %s AND seat_number = 1 FOR UPDATE"
                            .formatted(schedule));
            CompletableFuture<String> refund = refundingFor(payment);
            booking.awaitLockOf("refund_for");
            booking.sql(
                    """
                    INSERT INTO check_in (ticket_id, door, operator, entered_at)
                    SELECT id, 'North', 'hana', now() FROM ticket WHERE user_id = ?
                    """,
                    buyer.user().uuid());
            blocker.rollback();
            assertThat(refund.get()).startsWith("(done,");
        }
        Audits.everythingIsWellIn(booking);
    }

    private CompletableFuture<String> refundingFor(String payment) {
        return CompletableFuture.supplyAsync(
                () -> booking.text("SELECT refund_for('%s', 'broken')".formatted(payment)));
    }

    /** Ten thousand may take a minute. */
    @Test
    void aThousandBuyersArePaidBackInSixSecondsBesideASaleThatGoesOn() {
        settle();
        int tickets = 1_000;
        ScheduleId schedule = booking.schedule(tickets, 1);
        List<UserId> buyers = Stream.generate(UserId::random).limit(tickets).toList();
        booking.register(buyers);
        booking.sql(
                """
                SELECT charge(id, NULL, NULL, 50000),
                       pay(id, NULL, NULL, ((hold(id, NULL, NULL, ?, ARRAY[number], 60000)).body::json
                           ->> 'reservationId')::uuid)
                FROM unnest(?::uuid[]) WITH ORDINALITY AS buyer (id, seat), CAST(seat AS int) AS number
                """,
                schedule.value(),
                buyers.stream()
                        .map(it -> it.uuid().toString())
                        .collect(Collectors.joining(",", "{", "}")));
        assertThat(paidOf(schedule)).isEqualTo(tickets);
        ScheduleId other = booking.schedule(1_000, 1_000);
        List<Visitor> visitors = List.of(buyer(), buyer());
        admin.post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"rain\"}").is(200);

        AtomicLong sold = new AtomicLong();
        Duration longer =
                Beside.longer(
                        booking,
                        () -> {
                            CompletableFuture<Long> settling = settled().toFuture();
                            Flux.range(1, 1_000)
                                    .concatMap(
                                            seat ->
                                                    visitors.get(seat % 2)
                                                            .reserving(other, null, seat),
                                            1)
                                    .doOnNext(it -> it.is(201))
                                    .doOnNext(_ -> sold.incrementAndGet())
                                    .takeUntil(_ -> settling.isDone())
                                    .blockLast();
                            settling.join();
                        });

        assertThat(longer).isLessThan(Duration.ofSeconds(6));
        assertThat(sold).hasPositiveValue();
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM refund JOIN payment ON payment.id ="
                                        + " payment_id JOIN reservation ON reservation.id ="
                                        + " reservation_id WHERE schedule_id = ?",
                                schedule.value()))
                .isEqualTo(tickets);
        Audits.everythingIsWellIn(booking);
    }

    /** By the timer. Whoever has the row of one buyer's account keeps one show waiting. */
    @Test
    void aShowThatCannotBePaidBackYetKeepsNothingElseWaiting() throws Exception {
        try (Booking sweeping =
                Booking.start(
                        DevServices.redisUrl(),
                        OwnDatabase.create("sweeping"),
                        Booking.MANAGED,
                        "--spring.r2dbc.pool.max-acquire-time=10s",
                        "--stagedoor.booking.sweeper.interval=50ms")) {
            ScheduleId stuck = sweeping.schedule();
            ScheduleId next = sweeping.schedule();
            Visitor kim = buyer(sweeping);
            Visitor lee = buyer(sweeping);
            kim.pay(held(kim, stuck, 1)).is(201);
            lee.pay(held(lee, next, 1)).is(201);
            try (Connection holder = sweeping.connect()) {
                holder.setAutoCommit(false);
                holder.createStatement()
                        .execute(
                                "SELECT FROM account WHERE user_id = '%s' FOR UPDATE"
                                        .formatted(kim.user().uuid()));
                for (ScheduleId show : List.of(stuck, next)) {
                    new Admin(sweeping)
                            .post("/admin/schedules/" + show + "/cancel", "{\"reason\":\"rain\"}")
                            .is(200);
                }
                await().untilAsserted(
                                () -> {
                                    assertThat(lee.balance()).as("next").isEqualTo(1_000_000);
                                    assertThat(failedSweeps(sweeping)).isPositive();
                                });

                sweeping.sql(
                        """
                        INSERT INTO kept_answer
                               (user_id, key, fingerprint, status, completes_session, body, created_at)
                        VALUES (gen_random_uuid(), 'old', '', 201, false, '', now() - interval '25 hours')
                        """);
                await().until(() -> sweeping.number("SELECT count(*) FROM kept_answer") == 0);
                assertThat(kim.balance()).isLessThan(1_000_000);
                holder.rollback();
            }
            await().until(() -> kim.balance() == 1_000_000);
            Audits.everythingIsWellIn(sweeping);
        }
    }

    private static double failedSweeps(Booking booking) {
        return booking
                .bean(MeterRegistry.class)
                .find("stagedoor.booking.sweeps")
                .tag("outcome", "failed")
                .counters()
                .stream()
                .mapToDouble(Counter::count)
                .sum();
    }
}
