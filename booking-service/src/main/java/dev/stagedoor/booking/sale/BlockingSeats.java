package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Seats.BlockedSeat;
import dev.stagedoor.booking.store.Transactions;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Objects;

/** Takes seats off sale and puts them back; whoever's hold on one ran out has lost it by that. */
@Component
public final class BlockingSeats {

    private final Transactions transactions;
    private final Seats seats;
    private final Reservations reservations;

    BlockingSeats(Transactions transactions, Seats seats, Reservations reservations) {
        this.transactions = transactions;
        this.seats = seats;
        this.reservations = reservations;
    }

    /** Those of the seats that were AVAILABLE, or BLOCKED, and now are the other. */
    public Mono<List<Integer>> setBlocked(
            ScheduleId schedule, List<Integer> numbers, boolean blocked) {
        return transactions.run(
                seats.setBlocked(schedule, numbers, blocked)
                        .delayUntil(this::expireDisplaced)
                        .map(moved -> moved.stream().map(BlockedSeat::number).toList()));
    }

    private Mono<Void> expireDisplaced(List<BlockedSeat> moved) {
        List<TicketId> displaced =
                moved.stream().map(BlockedSeat::displaced).filter(Objects::nonNull).toList();
        return displaced.isEmpty() ? Mono.empty() : reservations.expire(displaced);
    }
}
