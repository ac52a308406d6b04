package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.store.Page;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import io.r2dbc.spi.Readable;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What a user has paid, for the user to look at. */
@Component
public final class Payments {

    private static final String ROWS =
            """
            SELECT payment.id, payment.reservation_id, payment.amount, payment.created_at,
                   payment.paid_at, refund.created_at AS refunded_at,
                   CASE WHEN payment.status = 'PENDING' AND reservation.held_until <= now()
                        THEN 'EXPIRED' ELSE payment.status END AS status
            FROM payment JOIN reservation ON reservation.id = payment.reservation_id
            LEFT JOIN refund ON refund.payment_id = payment.id
            """;

    private static final String SOME = ROWS + "WHERE " + Page.of("payment");

    private final DatabaseClient database;

    Payments(DatabaseClient database) {
        this.database = database;
    }

    public Mono<Payment> find(PaymentId id, UserId user) {
        return database.sql(ROWS + "WHERE payment.id = :id AND payment.user_id = :user")
                .bind("id", id.value())
                .bind("user", user.uuid())
                .map(Payments::payment)
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.PAYMENT_NOT_FOUND));
    }

    public Mono<List<Payment>> some(UserId user, Page page) {
        return page.bind(database.sql(SOME), user).map(Payments::payment).all().collectList();
    }

    private static Payment payment(Readable row) {
        return new Payment(
                new PaymentId(row.get("id", UUID.class)),
                new ReservationId(row.get("reservation_id", UUID.class)),
                row.get("amount", Long.class),
                Payment.Status.valueOf(row.get("status", String.class)),
                row.get("created_at", Instant.class),
                row.get("paid_at", Instant.class),
                row.get("refunded_at", Instant.class));
    }
}
