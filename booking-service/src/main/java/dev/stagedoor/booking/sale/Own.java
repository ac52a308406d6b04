package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.R2dbcType;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

/**
 * What a user has, for the user to look at, in the bytes that are sent: the documents are written
 * by the database, {@code db/booking/sale/R__documents.sql}.
 */
@Component
public record Own(Calls calls) {

    public Mono<byte[]> reservation(ReservationId id, UserId user) {
        return calls.document(
                ProblemCode.RESERVATION_NOT_FOUND,
                "SELECT reservation_document($1, $2)::text",
                id.value(),
                user.uuid());
    }

    public Mono<byte[]> payment(PaymentId id, UserId user) {
        return calls.document(
                ProblemCode.PAYMENT_NOT_FOUND,
                "SELECT payment_document($1, $2)::text",
                id.value(),
                user.uuid());
    }

    public Mono<byte[]> balance(UserId user) {
        return calls.document(ProblemCode.USER_NOT_FOUND, "SELECT balance($1)::text", user.uuid());
    }

    /**
     * A page of a history, newest first.
     *
     * @param before what the last page ended with; null for the first page
     */
    public Mono<byte[]> page(History history, UserId user, @Nullable Object before, int limit) {
        return calls.document(
                ProblemCode.USER_NOT_FOUND,
                history.sql,
                user.uuid(),
                Parameters.in(R2dbcType.VARCHAR, before == null ? null : before.toString()),
                limit);
    }

    /** What has happened to a user, each in an order of its own. */
    public enum History {
        RESERVATIONS("reservations"),
        PAYMENTS("payments"),
        TICKETS("tickets"),
        ENTRIES("entries");

        private final String sql;

        History(String function) {
            this.sql = "SELECT " + function + "($1, $2, $3)::text";
        }
    }
}
