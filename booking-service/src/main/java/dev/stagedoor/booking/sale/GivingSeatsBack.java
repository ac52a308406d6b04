package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.sale.Reservation.Status;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

/** Ends a hold before its time. Doing so twice is doing it once. */
@Component
public final class GivingSeatsBack {

    private final OwnReservations own;
    private final Seats seats;
    private final Reservations reservations;

    GivingSeatsBack(OwnReservations own, Seats seats, Reservations reservations) {
        this.own = own;
        this.seats = seats;
        this.reservations = reservations;
    }

    /** To be run in a transaction. */
    public Mono<Void> giveBack(ReservationId id, UserId user) {
        return own.find(id, user)
                .flatMap(
                        found ->
                                switch (found.status()) {
                                    case HELD, EXPIRED -> end(id, user);
                                    case PAID -> paid();
                                    case CANCELLED, REFUNDED -> Mono.empty();
                                });
    }

    /** If it was paid between the look and the deed, its seats must not have been freed. */
    private Mono<Void> end(ReservationId id, UserId user) {
        return seats.free(id.value())
                .then(reservations.cancel(id, user))
                .flatMap(wasHeld -> wasHeld ? Mono.<Void>empty() : unlessPaid(id, user));
    }

    private Mono<Void> unlessPaid(ReservationId id, UserId user) {
        return own.find(id, user)
                .flatMap(found -> found.status() == Status.PAID ? paid() : Mono.empty());
    }

    private static Mono<Void> paid() {
        return Refusal.because(ProblemCode.RESERVATION_ALREADY_PAID);
    }
}
