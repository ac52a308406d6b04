package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.UUID;

/** Gives back the money and the seats of a payment, until the concert begins. */
@Component
public final class Refunding {

    private final DatabaseClient database;
    private final Payments payments;
    private final Seats seats;
    private final Reservations reservations;
    private final Accounts accounts;

    Refunding(
            DatabaseClient database,
            Payments payments,
            Seats seats,
            Reservations reservations,
            Accounts accounts) {
        this.database = database;
        this.payments = payments;
        this.seats = seats;
        this.reservations = reservations;
        this.accounts = accounts;
    }

    /** To be run in a transaction. */
    public Mono<Refunded> refund(PaymentId id, UserId user) {
        return payments.find(id, user)
                .delayUntil(this::beforeTheConcert)
                .flatMap(payment -> undo(payment, user));
    }

    private Mono<Refunded> undo(Payment payment, UserId user) {
        UUID id = payment.paymentId().value();
        return seats.free(payment.reservationId().value())
                .then(reservations.refund(payment.reservationId(), user))
                .flatMap(wasPaid -> wasPaid ? Mono.just(true) : notRefundable())
                .then(write(id, user, payment.amount()))
                .then(Mono.defer(() -> accounts.refund(user, payment.amount(), id)))
                .flatMap(entry -> refunded(payment, user, entry));
    }

    private Mono<Void> beforeTheConcert(Payment payment) {
        String sql =
                """
                SELECT schedule.starts_at > now() AS early
                FROM reservation JOIN schedule ON schedule.id = reservation.schedule_id
                WHERE reservation.id = :reservation
                """;
        return database.sql(sql)
                .bind("reservation", payment.reservationId().value())
                .map(row -> row.get("early", Boolean.class))
                .one()
                .flatMap(
                        early ->
                                early && payment.status() == Payment.Status.COMPLETED
                                        ? Mono.<Void>empty()
                                        : notRefundable());
    }

    private Mono<Void> write(UUID payment, UserId user, long amount) {
        String sql =
                """
                INSERT INTO refund (id, payment_id, user_id, amount)
                VALUES (:id, :payment, :user, :amount)
                """;
        return database.sql(sql)
                .bind("id", UUID.randomUUID())
                .bind("payment", payment)
                .bind("user", user.uuid())
                .bind("amount", amount)
                .then();
    }

    private Mono<Refunded> refunded(Payment before, UserId user, Entry entry) {
        return payments.find(before.paymentId(), user)
                .map(
                        after ->
                                new Refunded(
                                        after.paymentId(),
                                        after.reservationId(),
                                        after.status(),
                                        after.amount(),
                                        entry.balanceAfter(),
                                        entry.createdAt()));
    }

    private static <T> Mono<T> notRefundable() {
        return Refusal.because(ProblemCode.PAYMENT_NOT_REFUNDABLE);
    }

    /** Proof of a refund. */
    public record Refunded(
            PaymentId paymentId,
            ReservationId reservationId,
            Payment.Status status,
            long amount,
            long balanceAfter,
            java.time.Instant refundedAt) {}
}
