package dev.stagedoor.booking.sale;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** How a sale goes, for the seller. */
@Component
public final class Figures {

    private static final int PAGE = 1_000;
    private static final String SALES =
            """
            SELECT ticket.id AS ticket, ARRAY[
                   ticket.seat_number::text, place->>'section', place->>'row', place->>'seat',
                   place->>'category', ticket.price::text, ticket.status, users.name,
                   ticket.reservation_id::text, payment.id::text, moment(payment.paid_at),
                   moment(refund.created_at), refund.reason, check_in.door,
                   moment(check_in.entered_at), check_in.operator] AS cells
            FROM ticket JOIN payment ON payment.reservation_id = ticket.reservation_id
            JOIN users ON users.id = ticket.user_id
            LEFT JOIN refund ON refund.payment_id = payment.id
            LEFT JOIN check_in ON check_in.ticket_id = ticket.id
            CROSS JOIN LATERAL place(ticket.schedule_id, ticket.seat_number) AS place
            WHERE ticket.schedule_id = :schedule AND ticket.id > :after
              AND ticket.status IN ('PAID', 'REFUNDED')
            ORDER BY ticket.id LIMIT :most
            """;

    /** Of the list of what was sold. */
    public static final List<String> COLUMNS =
            List.of(
                    ("seat section row label category price status buyer reservation payment"
                                    + " paid_at refunded_at reason door entered_at operator")
                            .split(" "));

    private static final UUID BEFORE_ALL = new UUID(0, 0);

    private static final Duration A_MOMENT = Duration.ofSeconds(2);
    private static final int MOST_CONCERTS = 1_000;

    private final DatabaseClient database;
    private final Transactions transactions;

    /** However many tabs ask again and again: one look at a time. */
    private final Cache<ConcertId, Mono<byte[]>> looks =
            Caffeine.newBuilder().maximumSize(MOST_CONCERTS).build();

    Figures(DatabaseClient database, Transactions transactions) {
        this.database = database;
        this.transactions = transactions;
    }

    /** The shows of a concert with their figures, in the bytes that are sent. */
    public Mono<byte[]> shows(ConcertId concert) {
        return Mono.defer(() -> looks.get(concert, this::look));
    }

    /** The seller has changed something, and wants to see it. */
    public void forget() {
        looks.invalidateAll();
    }

    /** What has failed is looked for again. */
    private Mono<byte[]> look(ConcertId concert) {
        return transactions
                .patiently(
                        database.sql("SELECT it::text FROM shows(:concert) it WHERE it IS NOT NULL")
                                .bind("concert", concert.value())
                                .map(row -> row.get(0, String.class))
                                .one())
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND))
                .cache(_ -> A_MOMENT, _ -> Duration.ZERO, () -> Duration.ZERO);
    }

    /**
     * What was sold, ticket by ticket, and who has come in: read page by page, however slowly, and
     * no connection waits for the reader.
     */
    public Flux<List<Line>> sales(ScheduleId schedule) {
        return page(schedule, BEFORE_ALL)
                .expand(
                        lines ->
                                lines.size() < PAGE
                                        ? Mono.empty()
                                        : page(schedule, lines.getLast().ticket()));
    }

    private Mono<List<Line>> page(ScheduleId schedule, UUID after) {
        return transactions.patiently(
                database.sql(SALES)
                        .bindValues(
                                Map.of("schedule", schedule.value(), "after", after, "most", PAGE))
                        .mapProperties(Line.class)
                        .all()
                        .collectList());
    }

    /** One ticket. */
    public record Line(UUID ticket, @Nullable String[] cells) {}
}
