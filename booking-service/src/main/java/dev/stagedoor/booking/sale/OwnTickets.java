package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.Page;
import dev.stagedoor.common.UserId;

import io.r2dbc.spi.Readable;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A user's tickets with what they are for, for the user to look at. */
@Component
public final class OwnTickets {

    private static final String SOME =
            """
            SELECT ticket.id, ticket.reservation_id, ticket.schedule_id, ticket.seat_number, ticket.price,
                   concert.title, concert.venue, concert.time_zone, schedule.starts_at,
                   CASE WHEN ticket.status = 'RESERVED' AND reservation.held_until <= now()
                        THEN 'EXPIRED' ELSE ticket.status END AS shown_status
            FROM ticket
            JOIN reservation ON reservation.id = ticket.reservation_id
            JOIN schedule ON schedule.id = ticket.schedule_id
            JOIN concert ON concert.id = schedule.concert_id
            WHERE\s\
            """
                    + Page.of("ticket");

    private final DatabaseClient database;

    OwnTickets(DatabaseClient database) {
        this.database = database;
    }

    public Mono<List<OwnTicket>> some(UserId user, Page page) {
        return page.bind(database.sql(SOME), user).map(OwnTickets::ticket).all().collectList();
    }

    private static OwnTicket ticket(Readable row) {
        return new OwnTicket(
                new TicketId(row.get("id", UUID.class)),
                new ReservationId(row.get("reservation_id", UUID.class)),
                new ScheduleId(row.get("schedule_id", Long.class)),
                row.get("title", String.class),
                row.get("venue", String.class),
                row.get("starts_at", Instant.class),
                row.get("time_zone", String.class),
                row.get("seat_number", Integer.class),
                row.get("price", Long.class),
                Ticket.Status.valueOf(row.get("shown_status", String.class)));
    }

    /** One ticket, as it is shown to its owner. */
    public record OwnTicket(
            TicketId ticketId,
            ReservationId reservationId,
            ScheduleId scheduleId,
            String title,
            String venue,
            Instant startsAt,
            String timeZone,
            int seatNumber,
            long price,
            Ticket.Status status) {}
}
