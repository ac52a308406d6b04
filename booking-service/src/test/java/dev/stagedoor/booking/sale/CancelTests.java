package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** A show is cancelled: nobody has a ticket of it, and everybody is paid back once. */
@Timeout(60)
class CancelTests extends OneSeller {

    @Test
    void whoHasPaidIsPaidBackAndWhoHoldsIsLetGo() {
        ScheduleId schedule = booking.schedule();
        Visitor buyer = buyer();
        Visitor other = buyer();
        String payment = buyer.pay(held(buyer, schedule, 1, 40)).text("paymentId");
        String paid = held(buyer, schedule, 2);
        buyer.pay(paid).is(201);
        other.pay(held(other, schedule, 3)).is(201);
        String reservation = held(other, schedule, 4);

        admin.post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"비가 옵니다\"}").is(200);
        buyer.pay(paid).is(409, "reservation-already-paid");
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

    /** Of one hold somebody else has a part; and what has the same numbers is of another show. */
    @Test
    void whatIsNoneOfItStaysAsItIs() {
        ScheduleId schedule = booking.schedule();
        ScheduleId another = booking.schedule();
        Visitor buyer = buyer();
        held(buyer, schedule, 1, 2);
        booking.letHoldsRunOut(schedule);
        held(buyer(), schedule, 2);
        String kept = held(buyer, another, 1);
        admin.post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"rain\"}").is(200);

        settle();

        assertThat(booking.text("SELECT settled_at FROM schedule WHERE id = ?", schedule.value()))
                .isNotNull();
        buyer.pay(kept).is(201);
        held(buyer, another, 2);
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

    /** Whoever gives it back to the sale has not heard yet that there is none any more. */
    @Test
    void noSeatComesBackThatIsWantedAtTheSameMoment() throws Exception {
        ScheduleId schedule = booking.schedule();
        booking.sql("SELECT block(?, '{1}', true)", schedule.value());

        try (Connection cancelling = booking.connect()) {
            cancelling.setAutoCommit(false);
            cancelling.createStatement().execute("SELECT cancel(%s, 'rain')".formatted(schedule));
            var wanted =
                    CompletableFuture.supplyAsync(
                            () ->
                                    booking.text(
                                            "SELECT block(?, '{1}', false)::text",
                                            schedule.value()));
            booking.awaitLockOf("block");
            cancelling.commit();

            assertThat(wanted.get()).isEqualTo("{}");
        }
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

    private Mono<Answered> journey(Visitor visitor, ScheduleId schedule, int seat) {
        return visitor.reserving(schedule, null, seat)
                .flatMap(
                        it ->
                                it.status() == 201
                                        ? visitor.paying(it.text("reservationId"))
                                        : Mono.just(it));
    }
}
