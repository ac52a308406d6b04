package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.sale.Entry.Kind;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameter;
import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The rows of the tables {@code account} and {@code ledger_entry}. */
@Component
public final class Accounts {

    private final DatabaseClient database;

    Accounts(DatabaseClient database) {
        this.database = database;
    }

    /** Pays in; within the caller's transaction. */
    public Mono<Entry> charge(UserId user, long amount) {
        return move(user, Kind.CHARGE, amount, null)
                .switchIfEmpty(Refusal.because(ProblemCode.USER_NOT_FOUND));
    }

    /** Gives the price of a payment back. */
    public Mono<Entry> refund(UserId user, long amount, UUID payment) {
        return move(user, Kind.REFUND, amount, payment);
    }

    private Mono<Entry> move(UserId user, Kind kind, long amount, @Nullable UUID payment) {
        String sql =
                """
                WITH moved AS (
                    UPDATE account SET balance = balance + :amount, entries = entries + 1
                    WHERE user_id = :user AND balance + :amount >= 0
                    RETURNING user_id, entries, balance
                )
                INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after, payment_id)
                SELECT user_id, entries, :kind, :amount, balance, :payment FROM moved
                RETURNING entry, kind, amount, balance_after, payment_id, created_at
                """;
        return database.sql(sql)
                .bind("user", user.uuid())
                .bind("kind", kind.name())
                .bind("amount", amount)
                .bind("payment", payment(payment))
                .map(Accounts::entry)
                .one();
    }

    public Mono<Long> balance(UserId user) {
        return database.sql("SELECT balance FROM account WHERE user_id = :user")
                .bind("user", user.uuid())
                .map(row -> row.get("balance", Long.class))
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.USER_NOT_FOUND));
    }

    /** Newest first, those before the given entry. */
    public Mono<List<Entry>> history(UserId user, long before, int limit) {
        String sql =
                """
                SELECT entry, kind, amount, balance_after, payment_id, created_at
                FROM ledger_entry WHERE user_id = :user AND entry < :before
                ORDER BY entry DESC LIMIT :limit
                """;
        return database.sql(sql)
                .bind("user", user.uuid())
                .bind("before", before)
                .bind("limit", limit)
                .map(Accounts::entry)
                .all()
                .collectList();
    }

    private static Parameter payment(@Nullable UUID payment) {
        return payment == null ? Parameters.in(PostgresqlObjectId.UUID) : Parameters.in(payment);
    }

    private static Entry entry(Readable row) {
        return new Entry(
                row.get("entry", Long.class),
                Kind.valueOf(row.get("kind", String.class)),
                row.get("amount", Long.class),
                row.get("balance_after", Long.class),
                row.get("payment_id", UUID.class),
                row.get("created_at", Instant.class));
    }
}
