package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.sale.Settling.Settled;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.List;

/** Pays a reservation out of the balance. */
@Component
public final class Paying {

    private final OwnReservations own;
    private final Settling settling;
    private final Accounts accounts;

    Paying(OwnReservations own, Settling settling, Accounts accounts) {
        this.own = own;
        this.settling = settling;
        this.accounts = accounts;
    }

    /** To be run in a transaction: any refusal undoes every step. */
    public Mono<Paid> pay(ReservationId id, UserId user) {
        return settling.settle(id, user)
                .switchIfEmpty(Mono.defer(() -> refuse(id, user)))
                .flatMap(
                        settled ->
                                settled.balanceAfter() == null
                                        ? tooLow(user, settled.amount())
                                        : Mono.just(
                                                new Paid(receipt(id, settled), settled.last())));
    }

    private <T> Mono<T> refuse(ReservationId id, UserId user) {
        return own.find(id, user)
                .map(Reservation::status)
                .flatMap(
                        status ->
                                switch (status) {
                                    case PAID ->
                                            Refusal.because(ProblemCode.RESERVATION_ALREADY_PAID);
                                    case HELD, EXPIRED -> Refusal.because(ProblemCode.HOLD_EXPIRED);
                                    case CANCELLED, REFUNDED ->
                                            Refusal.because(ProblemCode.RESERVATION_NOT_FOUND);
                                });
    }

    private <T> Mono<T> tooLow(UserId user, long required) {
        return accounts.balance(user)
                .flatMap(
                        balance ->
                                Refusal.because(
                                        Problem.of(ProblemCode.INSUFFICIENT_BALANCE)
                                                .with("balance", balance)
                                                .with("required", required)));
    }

    private static Receipt receipt(ReservationId id, Settled settled) {
        return new Receipt(
                settled.payment(),
                id,
                Payment.Status.COMPLETED,
                settled.amount(),
                settled.tickets(),
                settled.balanceAfter(),
                settled.paidAt());
    }

    /**
     * @param last whether the visitor has nothing else to pay, and so what they came for
     */
    public record Paid(Receipt receipt, boolean last) {}

    /** Proof of a payment. */
    public record Receipt(
            PaymentId paymentId,
            ReservationId reservationId,
            Payment.Status status,
            long amount,
            List<Ticket> tickets,
            long balanceAfter,
            Instant paidAt) {}
}
