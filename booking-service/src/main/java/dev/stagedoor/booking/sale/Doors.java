package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** Which tickets let somebody in. */
@Component
public record Doors(DatabaseClient database, TicketCodes codes) {

    /** Of a ticket that somebody has paid. */
    public Mono<String> code(TicketId ticket, UserId buyer) {
        return database.sql("SELECT status FROM ticket WHERE id = :ticket AND user_id = :buyer")
                .bindValues(Map.of("ticket", ticket.value(), "buyer", buyer.uuid()))
                .map(row -> row.get(0, String.class))
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.NOT_FOUND))
                .flatMap(
                        status ->
                                status.equals("PAID")
                                        ? Mono.just(codes.of(ticket.value()))
                                        : Refusal.because(
                                                Problem.of(ProblemCode.TICKET_NOT_VALID)
                                                        .with("ticketStatus", status)));
    }

    /**
     * A ticket that is awaited, or has come.
     *
     * @param door where it has come in; null if it has not
     */
    public record Awaited(
            UUID ticket, int seatNumber, @Nullable String door, @Nullable Instant enteredAt) {}

    /** All that are paid, by the numbers of their seats. */
    public Flux<Awaited> awaited(ScheduleId schedule, int after, int most) {
        String sql =
                """
                SELECT ticket.id AS ticket, ticket.seat_number, check_in.door, check_in.entered_at
                FROM ticket LEFT JOIN check_in ON check_in.ticket_id = ticket.id
                WHERE schedule_id = :schedule AND status = 'PAID' AND seat_number > :after
                ORDER BY seat_number LIMIT :most
                """;
        return database.sql(sql)
                .bindValues(Map.of("schedule", schedule.value(), "after", after, "most", most))
                .mapProperties(Awaited.class)
                .all();
    }
}
