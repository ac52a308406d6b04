package dev.stagedoor.booking.sale;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/** What became of the money for a reservation. */
public record Payment(
        PaymentId paymentId,
        ReservationId reservationId,
        long amount,
        Status status,
        Instant createdAt,
        @Nullable Instant paidAt,
        @Nullable Instant refundedAt) {

    /** The life of a payment; the last three end it. */
    public enum Status {
        PENDING,
        COMPLETED,
        REFUNDED,
        CANCELLED,
        EXPIRED
    }
}
