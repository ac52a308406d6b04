package dev.stagedoor.booking.payment;

import dev.stagedoor.booking.balance.Accounts;
import dev.stagedoor.booking.balance.Entry;
import dev.stagedoor.booking.reservation.OwnReservations;
import dev.stagedoor.booking.reservation.PaymentId;
import dev.stagedoor.booking.reservation.Reservation;
import dev.stagedoor.booking.reservation.ReservationId;
import dev.stagedoor.booking.reservation.Reservations;
import dev.stagedoor.booking.reservation.Reservations.Paid;
import dev.stagedoor.booking.reservation.Ticket;
import dev.stagedoor.booking.seat.Seats;
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
    private final Seats seats;
    private final Reservations reservations;
    private final Accounts accounts;

    Paying(OwnReservations own, Seats seats, Reservations reservations, Accounts accounts) {
        this.own = own;
        this.seats = seats;
        this.reservations = reservations;
        this.accounts = accounts;
    }

    /** To be run in a transaction: any refusal undoes every step. */
    public Mono<Receipt> pay(ReservationId id, UserId user) {
        return seats.sell(id.value())
                .flatMap(sold -> complete(id, user, sold))
                .flatMap(paid -> debit(user, paid))
                .map(debited -> receipt(id, debited));
    }

    private Mono<Paid> complete(ReservationId id, UserId user, long sold) {
        return reservations
                .pay(id, user)
                .filter(paid -> paid.seats() == sold && paid.tickets().size() == sold)
                .switchIfEmpty(Mono.defer(() -> refuse(id, user)));
    }

    private Mono<Debited> debit(UserId user, Paid paid) {
        return accounts.debit(user, paid.amount(), paid.payment().value())
                .switchIfEmpty(Mono.defer(() -> tooLow(user, paid.amount())))
                .map(entry -> new Debited(paid, entry));
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

    private static Receipt receipt(ReservationId id, Debited debited) {
        Paid paid = debited.paid();
        return new Receipt(
                paid.payment(),
                id,
                Payment.Status.COMPLETED,
                paid.amount(),
                paid.tickets(),
                debited.entry().balanceAfter(),
                paid.paidAt());
    }

    private record Debited(Paid paid, Entry entry) {}

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
