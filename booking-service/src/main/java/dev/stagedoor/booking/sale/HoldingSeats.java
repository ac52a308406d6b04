package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Reservation.Due;
import dev.stagedoor.booking.sale.SaleRules.Rules;
import dev.stagedoor.booking.seat.SeatLock;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/** Holds seats for a user: all of those asked for, or none. */
@Component
public final class HoldingSeats {

    private final SaleRules rules;
    private final Seats seats;
    private final Reservations reservations;
    private final SeatLock lock;
    private final HoldSettings settings;

    HoldingSeats(
            SaleRules rules,
            Seats seats,
            Reservations reservations,
            SeatLock lock,
            HoldSettings settings) {
        this.rules = rules;
        this.seats = seats;
        this.reservations = reservations;
        this.lock = lock;
        this.settings = settings;
    }

    /**
     * Stands around the transaction, never inside it: the lock is let go after the commit.
     *
     * @param twins what the same request, sent again, has in common with this one; null if nothing
     */
    public <T> Mono<T> shield(
            ScheduleId schedule, SortedSet<Integer> numbers, @Nullable String twins, Mono<T> work) {
        return lock.holding(schedule, numbers, twins, work)
                .onErrorMap(HoldingSeats::isDoubleBooking, _ -> taken(numbers));
    }

    /** The work itself, to be run in a transaction. */
    public Mono<Reservation> hold(UserId user, ScheduleId schedule, SortedSet<Integer> numbers) {
        return rules.check(user, schedule)
                .flatMap(found -> claim(user, schedule, numbers, found))
                .delayUntil(this::expireDisplaced)
                .flatMap(claimed -> write(user, schedule, claimed));
    }

    private Mono<List<ClaimedSeat>> claim(
            UserId user, ScheduleId schedule, SortedSet<Integer> numbers, Rules found) {
        SequencedMap<Integer, TicketId> wanted = new TreeMap<>();
        numbers.forEach(number -> wanted.put(number, TicketId.random()));
        return seats.claim(schedule, user.uuid(), wanted, settings.hold(), found.seatsPerUser())
                .flatMap(
                        claimed ->
                                claimed.size() == numbers.size()
                                        ? Mono.just(claimed)
                                        : rules.explain(user, schedule, numbers, claimed, found));
    }

    private Mono<Void> expireDisplaced(List<ClaimedSeat> claimed) {
        List<TicketId> displaced =
                claimed.stream().map(ClaimedSeat::displaced).filter(Objects::nonNull).toList();
        return displaced.isEmpty() ? Mono.empty() : reservations.expire(displaced);
    }

    private Mono<Reservation> write(UserId user, ScheduleId schedule, List<ClaimedSeat> claimed) {
        long amount = claimed.stream().mapToLong(ClaimedSeat::price).sum();
        Due due = new Due(PaymentId.random(), amount, "PENDING");
        return reservations.insert(ReservationId.random(), user, schedule, claimed, due);
    }

    private static boolean isDoubleBooking(Throwable error) {
        return Trouble.violates(error, "one_live_ticket_per_seat");
    }

    private static Refusal taken(SortedSet<Integer> numbers) {
        return new Refusal(Problem.of(ProblemCode.SEAT_TAKEN).with("seatNumbers", numbers));
    }
}
