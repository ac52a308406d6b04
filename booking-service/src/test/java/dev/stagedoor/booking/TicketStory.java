package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;

/** How one ticket is bought and given back, a step after the other. */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TicketStory {

    private final Booking booking = Booking.shared();
    private final ScheduleId schedule = booking.schedule();
    private Visitor visitor;
    private Answered reservation;
    private Answered receipt;

    @Test
    @Order(1)
    void somebodyRegisters() {
        Answered registered = booking.stranger().post("/api/v1/users", "{\"name\":\" 김하나 \"}");

        registered.is(201);
        assertThat(registered.text("name")).isEqualTo("김하나");
        assertThat(registered.text("accessToken")).isNotBlank();
        visitor =
                booking.visitor(
                        dev.stagedoor.common.UserId.parse(registered.text("userId")).orElseThrow());
        assertThat(visitor.get("/api/v1/users/me").is(200).text("name")).isEqualTo("김하나");
    }

    @Test
    @Order(2)
    void looksAtConcertsWithoutAPass() {
        Answered concerts = booking.stranger().get("/api/v1/concerts").is(200);

        long concert = concerts.number("concerts/0/concertId");
        assertThat(booking.stranger().get("/api/v1/concerts/" + concert).is(200).text("title"))
                .isEqualTo("Title");
    }

    @Test
    @Order(3)
    void looksAtDatesAndSeats() {
        long concert =
                booking.number("SELECT concert_id FROM schedule WHERE id = ?", schedule.value());

        Answered dates = visitor.get("/api/v1/concerts/" + concert + "/schedules").is(200);
        Answered seats =
                visitor.get(
                                "/api/v1/concerts/%d/seats?date=%s"
                                        .formatted(concert, dates.text("schedules/0/date")))
                        .is(200);

        assertThat(dates.number("schedules/0/remainingSeats")).isEqualTo(50);
        assertThat(seats.number("scheduleId")).isEqualTo(schedule.value());
        assertThat(seats.at("seats")).hasSize(50);
        assertThat(seats.text("seats/6/status")).isEqualTo("AVAILABLE");
        assertThat(seats.text("serverTime")).endsWith("Z");
    }

    @Test
    @Order(4)
    void holdsTwoSeats() {
        reservation = visitor.reserve(schedule, 8, 7).is(201);

        assertThat(reservation.header("Location"))
                .isEqualTo("/api/v1/reservations/" + reservation.text("reservationId"));
        assertThat(reservation.text("status")).isEqualTo("HELD");
        assertThat(reservation.number("tickets/0/seatNumber")).isEqualTo(7);
        assertThat(reservation.text("tickets/1/status")).isEqualTo("RESERVED");
        assertThat(reservation.text("payment/status")).isEqualTo("PENDING");
        assertThat(reservation.number("payment/amount")).isEqualTo(100_000);
        assertThat(visitor.get(reservation.header("Location")).json())
                .isEqualTo(reservation.json());
    }

    @Test
    @Order(5)
    void othersSeeThatTheSeatsAreTakenAndCannotHaveThem() {
        Visitor other = booking.visitor();

        await().until(() -> seats(other).text("seats/6/status").equals("HELD"));
        Answered refused = other.reserve(schedule, 6, 7).is(409, "seat-taken");

        assertThat(seats(other).number("available")).isEqualTo(48);
        assertThat(refused.at("seatNumbers").toString()).isEqualTo("[7]");
        other.get(reservation.header("Location")).is(404, "reservation-not-found");
        other.pay(reservation.text("reservationId")).is(404, "reservation-not-found");
    }

    private Answered seats(Visitor other) {
        return other.get("/api/v1/schedules/" + schedule + "/seats").is(200);
    }

    @Test
    @Order(6)
    void cannotPayWithoutMoney() {
        Answered refused = visitor.pay(reservation.text("reservationId"));

        refused.is(422, "insufficient-balance");
        assertThat(refused.number("balance")).isZero();
        assertThat(refused.number("required")).isEqualTo(100_000);
    }

    @Test
    @Order(7)
    void chargesTheBalance() {
        assertThat(visitor.charge(150_000).is(201).number("balance")).isEqualTo(150_000);
        assertThat(visitor.balance()).isEqualTo(150_000);
    }

    @Test
    @Order(8)
    void paysAndIsDone() {
        receipt = visitor.pay(reservation.text("reservationId")).is(201);

        assertThat(receipt.header("Stagedoor-Session")).isEqualTo("complete");
        assertThat(receipt.text("status")).isEqualTo("COMPLETED");
        assertThat(receipt.text("tickets/0/status")).isEqualTo("PAID");
        assertThat(receipt.number("balanceAfter")).isEqualTo(50_000);
        assertThat(visitor.get(receipt.header("Location")).is(200).text("status"))
                .isEqualTo("COMPLETED");
        visitor.pay(reservation.text("reservationId")).is(409, "reservation-already-paid");
        visitor.delete(reservation.header("Location")).is(409, "reservation-already-paid");
    }

    @Test
    @Order(9)
    void findsTicketsPaymentsAndLedger() {
        Answered tickets = visitor.get("/api/v1/tickets").is(200);
        Answered ledger = visitor.get("/api/v1/balance/history").is(200);

        assertThat(tickets.at("tickets")).hasSize(2);
        assertThat(tickets.text("tickets/0/status")).isEqualTo("PAID");
        assertThat(visitor.get("/api/v1/payments").text("payments/0/status"))
                .isEqualTo("COMPLETED");
        assertThat(visitor.get("/api/v1/reservations").text("reservations/0/status"))
                .isEqualTo("PAID");
        assertThat(ledger.number("entries/0/amount")).isEqualTo(-100_000);
        assertThat(ledger.number("entries/0/entry")).isEqualTo(2);
    }

    @Test
    @Order(10)
    void getsARefundAndTheSeatsAreFree() {
        Answered refund = visitor.refund(receipt.text("paymentId")).is(200);

        assertThat(refund.text("status")).isEqualTo("REFUNDED");
        assertThat(refund.number("balanceAfter")).isEqualTo(150_000);
        visitor.refund(receipt.text("paymentId")).is(409, "payment-not-refundable");
        await().until(() -> seats(visitor).number("available") == 50);
        assertThat(visitor.get("/api/v1/tickets").text("tickets/0/status")).isEqualTo("REFUNDED");
    }

    @Test
    @Order(11)
    void holdsAgainAndGivesBack() {
        Answered again = visitor.reserve(schedule, 7).is(201);

        visitor.delete(again.header("Location")).is(204);
        visitor.delete(again.header("Location")).is(204);

        assertThat(visitor.get(again.header("Location")).text("status")).isEqualTo("CANCELLED");
        booking.visitor().reserve(schedule, 7).is(201);
    }
}
