package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.DevServices;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A show is cancelled, or an order refunded at the seller's word: everybody is paid back once. */
@Timeout(60)
class CancelTests {

    private final Booking booking = Booking.shared();
    private final Admin admin = new Admin(booking);

    @Test
    void whoHasPaidIsPaidBackAndWhoHoldsIsLetGo() {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        Visitor other = buyer();
        String payment = buyer.pay(held(buyer, schedule, 1, 40)).text("paymentId");
        buyer.pay(held(buyer, schedule, 2)).is(201);
        other.pay(held(other, schedule, 3)).is(201);
        String reservation = held(other, schedule, 4);

        admin.post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"비가 옵니다\"}").is(200);
        other.pay(reservation).is(409, "schedule-cancelled");
        other.reserve(schedule, 5).is(409, "schedule-cancelled");
        settle();

        assertThat(buyer.balance()).isEqualTo(1_000_000);
        assertThat(other.balance()).isEqualTo(1_000_000);
        assertThat(buyer.get("/api/v1/payments/" + payment).text("status")).isEqualTo("REFUNDED");
        assertThat(buyer.get("/api/v1/payments/" + payment).text("refundReason"))
                .isEqualTo("비가 옵니다");
        assertThat(buyer.get("/api/v1/tickets").at("tickets"))
                .hasSize(3)
                .allSatisfy(
                        it -> {
                            assertThat(it.get("status").asString()).isEqualTo("REFUNDED");
                            assertThat(it.get("scheduleCancelled").asBoolean()).isTrue();
                        });
        Answered held = other.get("/api/v1/reservations/" + reservation);
        assertThat(held.text("status")).isEqualTo("CANCELLED");
        assertThat(held.at("scheduleCancelled").asBoolean()).isTrue();
        assertThat(buyer.get("/api/v1/balance/history").at("entries"))
                .extracting(it -> it.get("kind").asString())
                .containsExactly("REFUND", "REFUND", "PAYMENT", "PAYMENT", "CHARGE");
        buyer.refund(payment).is(409, "payment-not-refundable");
        other.pay(reservation).is(409, "schedule-cancelled");
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void whatIsCancelledStaysSo() {
        ScheduleId schedule = booking.schedule();
        String show = "/admin/schedules/" + schedule;
        Answered first = admin.post(show + "/cancel", "{\"reason\":\"rain\"}").is(200);
        settle();

        Answered second = admin.post(show + "/cancel", "{\"reason\":\"snow\"}").is(200);

        assertThat(second.text("cancelledAt")).isEqualTo(first.text("cancelledAt"));
        assertThat(second.text("reason")).isEqualTo("rain");
        assertThat(second.text("settledAt")).isNotEmpty();
        assertThat(
                        admin.patch(show + "/seats", "{\"seatNumbers\":[1],\"blocked\":false}")
                                .is(200)
                                .at("changed"))
                .isEmpty();
        admin.patch(show, "{\"closed\":false,\"seatsPerUser\":2}").is(409, "schedule-cancelled");
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM seat WHERE schedule_id = ? AND status ="
                                        + " 'BLOCKED'",
                                schedule.value()))
                .isEqualTo(50);
        assertThat(changes("schedule " + schedule + " %"))
                .isEqualTo("schedule %s cancelled: rain".formatted(schedule));
        admin.post("/admin/schedules/999999999/cancel", "{\"reason\":\"rain\"}")
                .is(404, "schedule-not-found");
        admin.post(show + "/cancel", "{}").is(400, "validation-failed");
    }

    @Test
    void isDoneByTheLineOfTheRunbook() throws Exception {
        Installed.need(Path.of("/usr/bin/curl"));
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        buyer.pay(held(buyer, schedule, 1)).is(201);

        Installed.run(
                "sh",
                "-c",
                ("PASSWORD='" + Booking.ADMIN_PASSWORD + "'; ")
                        + Runbook.block("Cancelling a show", "", 0)
                                .replace("curl -s ", "curl -sf -o /dev/null ")
                                .replace(":9081/", ":" + booking.managementPort() + "/")
                                .replace("schedules/1/", "schedules/" + schedule + "/"));
        settle();

        assertThat(buyer.balance()).isEqualTo(1_000_000);
    }

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

    /** Its seats are locked before the show is cancelled: it is waited for, and given back. */
    @Test
    void aHoldAndAPaymentOfTheSameMomentAreGivenBackToo() throws Exception {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        String reservation = held(buyer, schedule, 7);
        String user = buyer.user().uuid().toString();
        Visitor other = buyer();

        try (Connection paying = booking.connect();
                Connection holding = booking.connect();
                var pay = paying.createStatement();
                var hold = holding.createStatement()) {
            paying.setAutoCommit(false);
            holding.setAutoCommit(false);
            pay.execute("SELECT pay('%s', NULL, NULL, '%s')".formatted(user, reservation));
            hold.execute(
                    "SELECT hold('%s', NULL, NULL, %s, '{9}', 60000)"
                            .formatted(other.user().uuid(), schedule));
            admin.post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"rain\"}").is(200);
            CompletableFuture<Void> settling =
                    CompletableFuture.runAsync(
                            () -> booking.sql("SELECT settle(?, 500)", schedule.value()));
            booking.awaitLockOf("settle");
            paying.commit();
            holding.commit();
            settling.get();
        }
        settle();

        assertThat(buyer.balance()).isEqualTo(1_000_000);
        assertThat(other.get("/api/v1/reservations").text("reservations/0/status"))
                .isEqualTo("CANCELLED");
        assertThat(booking.text("SELECT settled_at FROM schedule WHERE id = ?", schedule.value()))
                .isNotNull();
        Audits.everythingIsWellIn(booking);
    }

    @RepeatedTest(3)
    void nobodyHasATicketOfIt_WhateverACrowdDoesMeanwhile() {
        ScheduleId schedule = booking.schedule(60, 60);
        List<Visitor> crowd = IntStream.range(0, 20).mapToObj(_ -> buyer()).toList();

        Sinks.Empty<Void> paid = Sinks.empty();
        Mono<List<Answered>> buying =
                Flux.range(1, 60)
                        .flatMap(seat -> journey(crowd.get(seat % 20), schedule, seat), 20)
                        .doOnNext(_ -> paid.tryEmitEmpty())
                        .collectList();
        Mono<Answered> cancelling =
                admin.sending(
                        "POST",
                        "/admin/schedules/" + schedule + "/cancel",
                        "{\"reason\":\"rain\"}");
        Mono<Long> settling = Flux.range(0, 30).concatMap(_ -> sweeping().settle()).then(settled());
        List<Answered> told =
                Mono.zip(buying, paid.asMono().then(cancelling).then(Mono.zip(settling, settling)))
                        .block()
                        .getT1();
        settle();

        assertThat(told)
                .extracting(it -> it.status() + it.code())
                .contains("201", "409schedule-cancelled")
                .isSubsetOf("201", "409schedule-cancelled", "409one-at-a-time");
        assertThat(paidOf(schedule)).isZero();
        assertThat(crowd).allSatisfy(it -> assertThat(it.balance()).isEqualTo(1_000_000));
        Audits.everythingIsWellIn(booking);
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
            CompletableFuture<String> second =
                    CompletableFuture.supplyAsync(
                            () ->
                                    booking.text(
                                            "SELECT refund_for('%s', 'broken')"
                                                    .formatted(payment)));
            booking.awaitLockOf("refund_for");
            first.commit();
            assertThat(second.get()).startsWith("(replayed,").contains("REFUNDED", payment);
        }
        assertThat(buyer.balance()).isEqualTo(1_000_000);
        Audits.everythingIsWellIn(booking);
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
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(
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
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> sweeping.number("SELECT count(*) FROM kept_answer") == 0);
                assertThat(kim.balance()).isLessThan(1_000_000);
                holder.rollback();
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> kim.balance() == 1_000_000);
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

    private Mono<Answered> journey(Visitor visitor, ScheduleId schedule, int seat) {
        return visitor.reserving(schedule, null, seat)
                .flatMap(
                        it ->
                                it.status() == 201
                                        ? visitor.paying(it.text("reservationId"))
                                        : Mono.just(it));
    }

    private List<Visitor> soldOut(ScheduleId schedule, int seats) {
        List<Visitor> buyers = IntStream.range(0, 3).mapToObj(_ -> buyer()).toList();
        for (int seat = 1; seat <= seats; seat++) {
            Visitor buyer = buyers.get(seat % buyers.size());
            buyer.pay(held(buyer, schedule, seat)).is(201);
        }
        return buyers;
    }

    private Visitor buyer() {
        return buyer(booking);
    }

    private static Visitor buyer(Booking booking) {
        Visitor visitor = booking.visitor();
        visitor.charge(1_000_000).is(201);
        return visitor;
    }

    private static String held(Visitor visitor, ScheduleId schedule, int... seats) {
        return visitor.reserve(schedule, seats).is(201).text("reservationId");
    }

    /** What the record says of it, line by line. */
    private String changes(String like) {
        return booking.text(
                "SELECT string_agg(what, chr(10) ORDER BY id) FROM admin_change WHERE what LIKE ?",
                like);
    }

    private long paidOf(ScheduleId schedule) {
        return booking.number(
                "SELECT count(*) FROM ticket WHERE schedule_id = ? AND status = 'PAID'",
                schedule.value());
    }

    private Sweeping sweeping() {
        return booking.bean(Sweeping.class);
    }

    private Mono<Long> settled() {
        return sweeping().settle();
    }

    private void settle() {
        settled().block();
    }
}
