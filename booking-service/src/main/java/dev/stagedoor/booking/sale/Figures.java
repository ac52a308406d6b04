package dev.stagedoor.booking.sale;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.common.ProblemCode;

import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** How a sale goes, for the seller. */
@Component
public final class Figures {

    private static final int PAGE = 1_000;
    private static final UUID BEFORE_ALL = new UUID(0, 0);

    private static final Duration A_MOMENT = Duration.ofSeconds(2);
    private static final int MOST_CONCERTS = 1_000;

    private final DatabaseClient database;
    private final Transactions transactions;

    /** However many tabs ask again and again: one look at a time. */
    private final AsyncCache<ConcertId, byte[]> looks =
            Caffeine.newBuilder()
                    .expireAfterWrite(A_MOMENT)
                    .maximumSize(MOST_CONCERTS)
                    .buildAsync();

    Figures(DatabaseClient database, Transactions transactions) {
        this.database = database;
        this.transactions = transactions;
    }

    /** The shows of a concert with their figures, in the bytes that are sent. */
    public Mono<byte[]> shows(ConcertId concert) {
        boolean evenIfCancelled = true;
        return Mono.fromFuture(
                () -> looks.get(concert, (_, _) -> look(concert).toFuture()), evenIfCancelled);
    }

    /** The seller has changed something, and wants to see it. */
    public void forget() {
        looks.synchronous().invalidateAll();
    }

    private Mono<byte[]> look(ConcertId concert) {
        return transactions
                .patiently(
                        database.sql("SELECT (SELECT shows(:concert))::text AS shows")
                                .bind("concert", concert.value())
                                .map(row -> Optional.ofNullable(row.get("shows", String.class)))
                                .one())
                .flatMap(Mono::justOrEmpty)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND));
    }

    /** A list that is read page by page, however slowly: no connection waits for the reader. */
    public Flux<List<Line>> read(Report report, ScheduleId schedule) {
        return page(report, schedule, BEFORE_ALL)
                .expand(
                        lines ->
                                lines.size() < PAGE
                                        ? Mono.empty()
                                        : page(report, schedule, lines.getLast().ticket()));
    }

    private Mono<List<Line>> page(Report report, ScheduleId schedule, UUID after) {
        return transactions.patiently(
                database.sql(report.sql)
                        .bindValues(
                                Map.of("schedule", schedule.value(), "after", after, "most", PAGE))
                        .map(row -> line(row, report.columns.size()))
                        .all()
                        .collectList());
    }

    private static Line line(Readable row, int columns) {
        List<@Nullable String> cells = new ArrayList<>();
        for (int column = 1; column <= columns; column++) {
            cells.add(row.get(column, String.class));
        }
        return new Line(row.get(0, UUID.class), cells);
    }

    /** One ticket. */
    public record Line(UUID ticket, List<@Nullable String> cells) {}

    /** What can be read as a list, ticket by ticket. */
    public enum Report {
        SALES(
                "seat section row label category price status buyer reservation payment paid_at"
                        + " refunded_at reason",
                """
                SELECT ticket.id, ticket.seat_number::text, place->>'section', place->>'row',
                       place->>'seat', place->>'category', ticket.price::text, ticket.status,
                       users.name, ticket.reservation_id::text, payment.id::text,
                       moment(payment.paid_at), moment(refund.created_at), refund.reason
                FROM ticket JOIN payment ON payment.reservation_id = ticket.reservation_id
                JOIN users ON users.id = ticket.user_id
                LEFT JOIN refund ON refund.payment_id = payment.id
                CROSS JOIN LATERAL place(ticket.schedule_id, ticket.seat_number) AS place
                WHERE ticket.schedule_id = :schedule AND ticket.id > :after
                  AND ticket.status IN ('PAID', 'REFUNDED')
                ORDER BY ticket.id LIMIT :most
                """),
        CHECK_INS(
                "seat section row label door entered_at operator",
                """
                SELECT ticket.id, ticket.seat_number::text, place->>'section', place->>'row',
                       place->>'seat', door, moment(entered_at), operator
                FROM ticket JOIN check_in ON check_in.ticket_id = ticket.id
                CROSS JOIN LATERAL place(ticket.schedule_id, ticket.seat_number) AS place
                WHERE ticket.schedule_id = :schedule AND ticket.id > :after
                ORDER BY ticket.id LIMIT :most
                """);

        private final List<String> columns;
        private final String sql;

        Report(String columns, String sql) {
            this.columns = List.of(columns.split(" "));
            this.sql = sql;
        }

        public List<String> columns() {
            return columns;
        }
    }
}
