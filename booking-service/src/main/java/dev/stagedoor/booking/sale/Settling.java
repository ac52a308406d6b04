package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.SeatChanges;
import dev.stagedoor.common.UserId;

import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Everything that a payment moves, in one statement: five would cost a seat's buyer, and whoever
 * waits for the connection, four more trips to the database. Each step draws its rows from the one
 * before, which is also the order in which rows are locked everywhere.
 */
@Component
final class Settling {

    private static final String SETTLE =
            """
            WITH mine AS (
                SELECT seat.schedule_id, seat.seat_number, seat.ticket_id
                FROM seat JOIN ticket ON ticket.id = seat.ticket_id
                WHERE ticket.reservation_id = :reservation
                  AND seat.status = 'HELD' AND seat.held_until > now()
                ORDER BY seat.schedule_id, seat.seat_number FOR NO KEY UPDATE OF seat
            ), sold AS (
                UPDATE seat SET status = 'SOLD', held_until = NULL
                FROM mine
                WHERE seat.schedule_id = mine.schedule_id AND seat.seat_number = mine.seat_number
                  AND seat.ticket_id = mine.ticket_id
                  AND seat.status = 'HELD' AND seat.held_until > now()
                RETURNING seat.seat_number
            ), paid AS (
                UPDATE reservation SET status = 'PAID'
                WHERE id = :reservation AND user_id = :user
                  AND status = 'HELD' AND held_until > now()
                  AND seat_count = (SELECT count(*) FROM sold)
                RETURNING id, schedule_id, seat_count
            ), bought AS (
                UPDATE ticket SET status = 'PAID' FROM paid
                WHERE ticket.reservation_id = paid.id AND ticket.status = 'RESERVED'
                RETURNING ticket.id, ticket.seat_number, ticket.price
            ), completed AS (
                UPDATE payment SET status = 'COMPLETED', paid_at = now() FROM paid
                WHERE payment.reservation_id = paid.id AND payment.status = 'PENDING'
                RETURNING payment.id, payment.amount, payment.paid_at
            ), debited AS (
                UPDATE account SET balance = balance - completed.amount, entries = entries + 1
                FROM completed
                WHERE account.user_id = :user AND balance >= completed.amount
                RETURNING account.user_id, entries, balance
            ), entry AS (
                INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after, payment_id)
                SELECT user_id, entries, 'PAYMENT', -amount, balance, id FROM debited, completed
            )
            SELECT completed.id, completed.amount, completed.paid_at, paid.schedule_id,
                   paid.seat_count, debited.balance, tickets.*,
                   NOT EXISTS (SELECT FROM reservation AS other
                               WHERE other.user_id = :user AND other.id <> :reservation
                                 AND other.status = 'HELD' AND other.held_until > now()) AS last
            FROM paid CROSS JOIN completed LEFT JOIN debited ON true
            CROSS JOIN (SELECT array_agg(id ORDER BY seat_number) AS tickets,
                               array_agg(seat_number ORDER BY seat_number) AS numbers,
                               array_agg(price ORDER BY seat_number) AS prices
                        FROM bought) AS tickets
            """;

    private final DatabaseClient database;
    private final SeatChanges changes;

    Settling(DatabaseClient database, SeatChanges changes) {
        this.database = database;
        this.changes = changes;
    }

    /**
     * To be run in a transaction, which has to be undone unless everything has moved. Empty if the
     * reservation could not be paid: its hold ran out, or it is not held, or not this user's.
     */
    Mono<Settled> settle(ReservationId reservation, UserId user) {
        return database.sql(SETTLE)
                .bind("reservation", reservation.value())
                .bind("user", user.uuid())
                .map(Settling::settled)
                .one()
                .filter(settled -> settled.tickets().size() == settled.seats())
                .delayUntil(settled -> changes.afterCommit(settled.schedule()));
    }

    private static Settled settled(Readable row) {
        return new Settled(
                new PaymentId(row.get("id", UUID.class)),
                new ScheduleId(row.get("schedule_id", Long.class)),
                row.get("amount", Long.class),
                row.get("paid_at", Instant.class),
                row.get("seat_count", Integer.class),
                tickets(row),
                row.get("balance", Long.class),
                row.get("last", Boolean.class));
    }

    private static List<Ticket> tickets(Readable row) {
        UUID[] tickets = row.get("tickets", UUID[].class);
        Integer[] numbers = row.get("numbers", Integer[].class);
        Long[] prices = row.get("prices", Long[].class);
        return IntStream.range(0, tickets == null ? 0 : tickets.length)
                .mapToObj(
                        i ->
                                new Ticket(
                                        new TicketId(tickets[i]),
                                        numbers[i],
                                        prices[i],
                                        Ticket.Status.PAID))
                .toList();
    }

    /**
     * What was paid.
     *
     * @param balanceAfter null if the balance was too low, and nothing was taken from it
     * @param last whether the user holds nothing else that is still to be paid
     */
    record Settled(
            PaymentId payment,
            ScheduleId schedule,
            long amount,
            Instant paidAt,
            int seats,
            List<Ticket> tickets,
            @Nullable Long balanceAfter,
            boolean last) {}
}
