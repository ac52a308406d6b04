package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Reservation.Due;
import dev.stagedoor.booking.store.Page;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import io.r2dbc.spi.Readable;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What a user has reserved, for the user to look at. A hold past its deadline reads EXPIRED. */
@Component
public final class OwnReservations {

    /** One row per ticket; the reservations are chosen, and limited, first. */
    private static final String ROWS =
            """
            SELECT chosen.id, chosen.schedule_id, chosen.created_at, chosen.held_until,
                   CASE WHEN chosen.lapsed THEN 'EXPIRED' ELSE chosen.status END AS status,
                   ticket.id AS ticket_id, ticket.seat_number, ticket.price,
                   CASE WHEN chosen.lapsed THEN 'EXPIRED' ELSE ticket.status END AS ticket_status,
                   payment.id AS payment_id, payment.amount,
                   CASE WHEN chosen.lapsed THEN 'EXPIRED' ELSE payment.status END AS payment_status
            FROM (%s) AS chosen
            JOIN ticket ON ticket.reservation_id = chosen.id
            JOIN payment ON payment.reservation_id = chosen.id
            ORDER BY chosen.created_at DESC, chosen.id DESC, ticket.seat_number
            """;

    private static final String ONE =
            ROWS.formatted(
                    """
                    SELECT *, status = 'HELD' AND held_until <= now() AS lapsed FROM reservation
                    WHERE id = :id AND user_id = :user
                    """);

    private static final String SOME =
            ROWS.formatted(
                    "SELECT *, status = 'HELD' AND held_until <= now() AS lapsed FROM reservation"
                            + " WHERE "
                            + Page.of("reservation"));

    private final DatabaseClient database;

    OwnReservations(DatabaseClient database) {
        this.database = database;
    }

    public Mono<Reservation> find(ReservationId id, UserId user) {
        return database.sql(ONE)
                .bind("id", id.value())
                .bind("user", user.uuid())
                .map(OwnReservations::row)
                .all()
                .collectList()
                .filter(rows -> !rows.isEmpty())
                .map(OwnReservations::reservation)
                .switchIfEmpty(Refusal.because(ProblemCode.RESERVATION_NOT_FOUND));
    }

    public Mono<List<Reservation>> some(UserId user, Page page) {
        return page.bind(database.sql(SOME), user)
                .map(OwnReservations::row)
                .all()
                .collectList()
                .flatMapMany(Flux::fromIterable)
                .bufferUntilChanged(row -> row.whole().reservationId())
                .map(OwnReservations::reservation)
                .collectList();
    }

    private static Reservation reservation(List<Row> rows) {
        Reservation any = rows.getFirst().whole();
        return new Reservation(
                any.reservationId(),
                any.scheduleId(),
                any.status(),
                rows.stream().map(Row::ticket).toList(),
                any.payment(),
                any.createdAt(),
                any.holdExpiresAt());
    }

    private static Row row(Readable row) {
        Ticket ticket =
                new Ticket(
                        new TicketId(row.get("ticket_id", UUID.class)),
                        row.get("seat_number", Integer.class),
                        row.get("price", Long.class),
                        Ticket.Status.valueOf(row.get("ticket_status", String.class)));
        Due due =
                new Due(
                        new PaymentId(row.get("payment_id", UUID.class)),
                        row.get("amount", Long.class),
                        row.get("payment_status", String.class));
        return new Row(
                new Reservation(
                        new ReservationId(row.get("id", UUID.class)),
                        new ScheduleId(row.get("schedule_id", Long.class)),
                        Reservation.Status.valueOf(row.get("status", String.class)),
                        List.of(),
                        due,
                        row.get("created_at", Instant.class),
                        row.get("held_until", Instant.class)),
                ticket);
    }

    private record Row(Reservation whole, Ticket ticket) {}
}
