package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.SeatChanges;

import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SequencedMap;
import java.util.UUID;

/** The rows of the table {@code seat} and their moves; all within the caller's transaction. */
@Component
public final class Seats {

    private final DatabaseClient database;
    private final SeatChanges changes;

    Seats(DatabaseClient database, SeatChanges changes) {
        this.database = database;
        this.changes = changes;
    }

    /**
     * Takes those of the seats that are free, in ascending order, for a user who may have at most
     * {@code most} of this evening; none if they would have more. Fewer than asked means that the
     * caller has to refuse and undo.
     */
    public Mono<List<ClaimedSeat>> claim(
            ScheduleId schedule,
            UUID user,
            SequencedMap<Integer, TicketId> wanted,
            Duration hold,
            int most) {
        String sql =
                """
                WITH wanted AS (
                    SELECT seat_number, ticket_id AS displaced FROM seat
                    WHERE schedule_id = :schedule AND seat_number = ANY(:numbers)
                      AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
                    ORDER BY seat_number FOR NO KEY UPDATE
                ), mine AS (
                    SELECT count(*) AS live FROM ticket JOIN seat ON seat.ticket_id = ticket.id
                    WHERE ticket.user_id = :user AND ticket.schedule_id = :schedule
                      AND ticket.status IN ('RESERVED', 'PAID')
                      AND (seat.status = 'SOLD' OR seat.held_until > now())
                )
                UPDATE seat SET status = 'HELD', ticket_id = claim.ticket_id,
                       held_until = now() + :hold * interval '1 millisecond'
                FROM wanted
                JOIN unnest(:numbers, :tickets) AS claim (seat_number, ticket_id)
                     ON claim.seat_number = wanted.seat_number
                WHERE seat.schedule_id = :schedule AND seat.seat_number = wanted.seat_number
                  AND (status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now())
                  AND (SELECT live FROM mine) + cardinality(:numbers) <= :most
                RETURNING seat.seat_number, seat.ticket_id, seat.price, seat.held_until, displaced
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .bind("user", user)
                .bind("numbers", wanted.keySet().toArray(Integer[]::new))
                .bind("tickets", ids(wanted))
                .bind("hold", hold.toMillis())
                .bind("most", most)
                .map(Seats::claimed)
                .all()
                .collectSortedList((one, other) -> one.number() - other.number())
                .delayUntil(_ -> changes.afterCommit(schedule));
    }

    /** HELD or SOLD to AVAILABLE, all seats that the reservation still has; how many. */
    public Mono<Long> free(UUID reservation) {
        String sql =
                """
                WITH mine AS (
                    SELECT seat.schedule_id, seat.seat_number, seat.ticket_id
                    FROM seat JOIN ticket ON ticket.id = seat.ticket_id
                    WHERE ticket.reservation_id = :reservation
                    ORDER BY seat.schedule_id, seat.seat_number FOR NO KEY UPDATE OF seat
                )
                UPDATE seat SET status = 'AVAILABLE', ticket_id = NULL, held_until = NULL
                FROM mine
                WHERE seat.schedule_id = mine.schedule_id AND seat.seat_number = mine.seat_number
                  AND seat.ticket_id = mine.ticket_id
                RETURNING seat.schedule_id
                """;
        return moved(sql, reservation);
    }

    /**
     * HELD to AVAILABLE, up to {@code most} seats whose hold ran out before {@code grace}, passing
     * over those that somebody else is just working on; the tickets they had.
     */
    public Mono<List<TicketId>> freeLapsed(Duration grace, int most) {
        String sql =
                """
                WITH lapsed AS (
                    SELECT schedule_id, seat_number, ticket_id FROM seat
                    WHERE status = 'HELD' AND held_until <= now() - :grace * interval '1 millisecond'
                    ORDER BY held_until LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
                )
                UPDATE seat SET status = 'AVAILABLE', ticket_id = NULL, held_until = NULL
                FROM lapsed
                WHERE seat.schedule_id = lapsed.schedule_id
                  AND seat.seat_number = lapsed.seat_number AND seat.ticket_id = lapsed.ticket_id
                RETURNING lapsed.ticket_id
                """;
        return database.sql(sql)
                .bind("grace", grace.toMillis())
                .bind("most", most)
                .map(row -> new TicketId(row.get("ticket_id", UUID.class)))
                .all()
                .collectList();
    }

    /**
     * AVAILABLE to BLOCKED, or the way back; a hold past its deadline is AVAILABLE. The seats that
     * moved, and the tickets that they had.
     */
    public Mono<List<BlockedSeat>> setBlocked(
            ScheduleId schedule, List<Integer> numbers, boolean blocked) {
        String sql =
                """
                WITH wanted AS (
                    SELECT seat_number, ticket_id AS displaced FROM seat
                    WHERE schedule_id = :schedule AND seat_number = ANY(:numbers)
                      AND CASE WHEN :blocked
                          THEN status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now()
                          ELSE status = 'BLOCKED' END
                    ORDER BY seat_number FOR NO KEY UPDATE
                )
                UPDATE seat SET status = CASE WHEN :blocked THEN 'BLOCKED' ELSE 'AVAILABLE' END,
                       ticket_id = NULL, held_until = NULL
                FROM wanted
                WHERE seat.schedule_id = :schedule AND seat.seat_number = wanted.seat_number
                RETURNING seat.seat_number, displaced
                """;
        return database.sql(sql)
                .bind("schedule", schedule.value())
                .bind("numbers", numbers.toArray(Integer[]::new))
                .bind("blocked", blocked)
                .map(row -> new BlockedSeat(row.get("seat_number", Integer.class), displaced(row)))
                .all()
                .collectSortedList((one, other) -> one.number() - other.number())
                .delayUntil(_ -> changes.afterCommit(schedule));
    }

    private Mono<Long> moved(String sql, UUID reservation) {
        return database.sql(sql)
                .bind("reservation", reservation)
                .map(row -> new ScheduleId(row.get("schedule_id", Long.class)))
                .all()
                .collectList()
                .delayUntil(
                        moved ->
                                moved.isEmpty()
                                        ? Mono.empty()
                                        : changes.afterCommit(moved.getFirst()))
                .map(moved -> (long) moved.size());
    }

    private static UUID[] ids(SequencedMap<Integer, TicketId> wanted) {
        return wanted.values().stream().map(TicketId::value).toArray(UUID[]::new);
    }

    private static ClaimedSeat claimed(Readable row) {
        return new ClaimedSeat(
                row.get("seat_number", Integer.class),
                new TicketId(row.get("ticket_id", UUID.class)),
                row.get("price", Long.class),
                row.get("held_until", Instant.class),
                displaced(row));
    }

    private static @Nullable TicketId displaced(Readable row) {
        UUID displaced = row.get("displaced", UUID.class);
        return displaced == null ? null : new TicketId(displaced);
    }

    /**
     * A seat that was taken off sale or put back.
     *
     * @param displaced the ticket whose hold had run out, if it still had one
     */
    public record BlockedSeat(int number, @Nullable TicketId displaced) {}
}
