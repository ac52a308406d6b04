package dev.stagedoor.booking.idempotency;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import io.r2dbc.spi.Parameter;
import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.R2dbcType;
import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/** The rows of the table {@code kept_answer}. */
@Component
public final class KeptAnswers {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final DatabaseClient database;

    KeptAnswers(DatabaseClient database) {
        this.database = database;
    }

    /**
     * Makes the key ours until the transaction ends, or refuses at once if a twin has it; and the
     * answer that was given before, empty if there was none. A twin that commits between the two,
     * which one statement does not see, has written the row that {@link #keep} would.
     */
    Mono<Answer> claim(Errand errand, IdempotencyKey key) {
        String sql =
                """
                SELECT claimed, fingerprint, status, location, completes_session, keeps_session,
                       body
                FROM (SELECT pg_try_advisory_xact_lock(hashtextextended(:twins, 0)) AS claimed) AS us
                LEFT JOIN kept_answer ON user_id = :user AND key = :key
                """;
        return database.sql(sql)
                .bind("twins", Objects.requireNonNull(errand.twins()))
                .bind("user", errand.user().uuid())
                .bind("key", key.value())
                .map(KeptAnswers::kept)
                .one()
                .flatMap(kept -> given(kept, errand));
    }

    private static Mono<Answer> given(Kept kept, Errand errand) {
        if (!kept.claimed()) {
            return Mono.error(inProgress());
        }
        if (kept.answer() == null) {
            return Mono.empty();
        }
        return Arrays.equals(kept.fingerprint(), errand.fingerprint())
                ? Mono.just(kept.answer())
                : Refusal.because(ProblemCode.IDEMPOTENCY_KEY_REUSED);
    }

    Mono<Void> keep(Errand errand, IdempotencyKey key, Answer answer) {
        String sql =
                """
                INSERT INTO kept_answer
                       (user_id, key, fingerprint, status, location, completes_session,
                        keeps_session, body)
                VALUES (:user, :key, :fingerprint, :status, :location, :completes, :keeps, :body)
                """;
        return database.sql(sql)
                .bind("user", errand.user().uuid())
                .bind("key", key.value())
                .bind("fingerprint", ByteBuffer.wrap(errand.fingerprint()))
                .bind("status", answer.status())
                .bind("location", Parameters.in(R2dbcType.VARCHAR, answer.location()))
                .bind("completes", answer.completesSession())
                .bind("keeps", moment(answer.keepsSession()))
                .bind("body", ByteBuffer.wrap(answer.body()))
                .then();
    }

    /** Forgets up to {@code most} answers that are older than that; how many. */
    public Mono<Long> forgetOlderThan(Duration age, int most) {
        String sql =
                """
                DELETE FROM kept_answer WHERE (user_id, key) IN (
                    SELECT user_id, key FROM kept_answer
                    WHERE created_at < now() - :age * interval '1 second'
                    ORDER BY created_at LIMIT :most FOR UPDATE SKIP LOCKED)
                """;
        return database.sql(sql)
                .bind("age", age.toSeconds())
                .bind("most", most)
                .fetch()
                .rowsUpdated();
    }

    static Refusal inProgress() {
        return new Refusal(Problem.of(ProblemCode.IDEMPOTENCY_IN_PROGRESS).retryAfter(COME_BACK));
    }

    private static Kept kept(Readable row) {
        boolean claimed = row.get("claimed", Boolean.class);
        if (row.get("status") == null) {
            return new Kept(claimed, new byte[0], null);
        }
        return new Kept(
                claimed,
                bytes(row, "fingerprint"),
                new Answer(
                        row.get("status", Integer.class),
                        row.get("location", String.class),
                        row.get("completes_session", Boolean.class),
                        row.get("keeps_session", Instant.class),
                        bytes(row, "body"),
                        true));
    }

    private static Parameter moment(@Nullable Instant moment) {
        return moment == null
                ? Parameters.in(R2dbcType.TIMESTAMP_WITH_TIME_ZONE)
                : Parameters.in(moment);
    }

    private static byte[] bytes(Readable row, String column) {
        ByteBuffer buffer = row.get(column, ByteBuffer.class);
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private record Kept(boolean claimed, byte[] fingerprint, @Nullable Answer answer) {}
}
