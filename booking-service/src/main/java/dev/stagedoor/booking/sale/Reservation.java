package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;

import java.time.Instant;
import java.util.List;

/** Seats of one evening that belong together, with what has become of them. */
public record Reservation(
        ReservationId reservationId,
        ScheduleId scheduleId,
        Status status,
        List<Ticket> tickets,
        Due payment,
        Instant createdAt,
        Instant holdExpiresAt) {

    /** The life of a reservation; the last three end it. */
    public enum Status {
        HELD,
        PAID,
        REFUNDED,
        CANCELLED,
        EXPIRED
    }

    /** What is to be paid, or was. */
    public record Due(PaymentId paymentId, long amount, String status) {}
}
