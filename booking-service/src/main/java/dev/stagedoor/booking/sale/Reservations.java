package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Reservation.Due;
import dev.stagedoor.booking.sale.Reservation.Status;
import dev.stagedoor.common.UserId;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The rows of the tables {@code reservation}, {@code ticket} and {@code payment} as far as they
 * move together; within the caller's transaction, after the seats.
 */
@Component
public final class Reservations {

    private final DatabaseClient database;

    Reservations(DatabaseClient database) {
        this.database = database;
    }

    Mono<Reservation> insert(
            ReservationId id, UserId user, ScheduleId schedule, List<ClaimedSeat> seats, Due due) {
        String sql =
                """
                WITH held AS (
                    INSERT INTO reservation (id, user_id, schedule_id, seat_count, held_until)
                    VALUES (:id, :user, :schedule, :count, :until)
                    RETURNING created_at
                ), tickets AS (
                    INSERT INTO ticket
                           (id, reservation_id, user_id, schedule_id, seat_number, price)
                    SELECT claimed.id, :id, :user, :schedule, claimed.number, claimed.price
                    FROM unnest(:tickets, :numbers, :prices) AS claimed (id, number, price)
                ), pending AS (
                    INSERT INTO payment (id, reservation_id, user_id, amount)
                    VALUES (:payment, :id, :user, :amount)
                )
                SELECT created_at FROM held
                """;
        Instant until = seats.getFirst().heldUntil();
        return database.sql(sql)
                .bind("id", id.value())
                .bind("user", user.uuid())
                .bind("schedule", schedule.value())
                .bind("count", seats.size())
                .bind("until", until)
                .bind("tickets", column(seats, seat -> seat.ticket().value(), UUID[]::new))
                .bind("numbers", column(seats, ClaimedSeat::number, Integer[]::new))
                .bind("prices", column(seats, ClaimedSeat::price, Long[]::new))
                .bind("payment", due.paymentId().value())
                .bind("amount", due.amount())
                .map(row -> row.get("created_at", Instant.class))
                .one()
                .map(
                        created ->
                                new Reservation(
                                        id,
                                        schedule,
                                        Status.HELD,
                                        seats.stream().map(Reservations::ticket).toList(),
                                        due,
                                        created,
                                        until));
    }

    /** HELD to CANCELLED, with its live tickets and its payment; whether it was HELD. */
    public Mono<Boolean> cancel(ReservationId id, UserId user) {
        return end(id, user, "HELD", "RESERVED", "PENDING", "CANCELLED");
    }

    /** PAID to REFUNDED, with tickets and payment; whether it was PAID. */
    public Mono<Boolean> refund(ReservationId id, UserId user) {
        return end(id, user, "PAID", "PAID", "COMPLETED", "REFUNDED");
    }

    private Mono<Boolean> end(
            ReservationId id, UserId user, String held, String ticket, String payment, String end) {
        String sql =
                """
                WITH ended AS (
                    UPDATE reservation SET status = :end, ended_at = now()
                    WHERE id = :id AND user_id = :user AND status = :held
                    RETURNING id
                ), tickets AS (
                    UPDATE ticket SET status = :end FROM ended
                    WHERE ticket.reservation_id = ended.id AND ticket.status = :ticket
                )
                UPDATE payment SET status = :end FROM ended
                WHERE payment.reservation_id = ended.id AND payment.status = :payment
                """;
        return database.sql(sql)
                .bind("id", id.value())
                .bind("user", user.uuid())
                .bind("held", held)
                .bind("ticket", ticket)
                .bind("payment", payment)
                .bind("end", end)
                .fetch()
                .rowsUpdated()
                .map(rows -> rows > 0);
    }

    /**
     * Ends tickets whose hold ran out and whose seat is gone or free again. A reservation ends,
     * with its payment, when it has no live ticket left; its row is locked first, so that of two
     * who each end one of its tickets the second one sees the first.
     */
    public Mono<Void> expire(Collection<TicketId> tickets) {
        UUID[] ids = tickets.stream().map(TicketId::value).toArray(UUID[]::new);
        return lockReservationsOf(ids).then(expireTickets(ids)).then(expireReservationsOf(ids));
    }

    private Mono<Void> lockReservationsOf(UUID[] tickets) {
        String sql =
                """
                SELECT id FROM reservation
                WHERE id IN (SELECT reservation_id FROM ticket WHERE id = ANY(:tickets))
                ORDER BY id FOR NO KEY UPDATE
                """;
        return database.sql(sql).bind("tickets", tickets).then();
    }

    private Mono<Void> expireTickets(UUID[] tickets) {
        String sql =
                """
                UPDATE ticket SET status = 'EXPIRED'
                WHERE id = ANY(:tickets) AND status = 'RESERVED'
                """;
        return database.sql(sql).bind("tickets", tickets).then();
    }

    /**
     * Of one that is held, a ticket is RESERVED or EXPIRED. Asked for RESERVED, PostgreSQL reads
     * the index of all live tickets for each reservation, while a new sale has no statistics yet.
     */
    private Mono<Void> expireReservationsOf(UUID[] tickets) {
        String sql =
                """
                WITH expired AS (
                    UPDATE reservation SET status = 'EXPIRED', ended_at = now()
                    WHERE id IN (SELECT reservation_id FROM ticket WHERE id = ANY(:tickets))
                      AND status = 'HELD'
                      AND NOT EXISTS (SELECT FROM ticket WHERE ticket.reservation_id = reservation.id
                                      AND ticket.status <> 'EXPIRED')
                    RETURNING id
                )
                UPDATE payment SET status = 'EXPIRED' FROM expired
                WHERE payment.reservation_id = expired.id AND payment.status = 'PENDING'
                """;
        return database.sql(sql).bind("tickets", tickets).then();
    }

    private static Ticket ticket(ClaimedSeat seat) {
        return new Ticket(seat.ticket(), seat.number(), seat.price(), Ticket.Status.RESERVED);
    }

    private static <T> T[] column(
            List<ClaimedSeat> seats, Function<ClaimedSeat, T> value, IntFunction<T[]> array) {
        return seats.stream().map(value).toArray(array);
    }
}
