package dev.stagedoor.booking.idempotency;

import dev.stagedoor.booking.store.Calls;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;

/** The rows of the table {@code kept_answer}, which the acts write. */
@Component
public final class KeptAnswers {

    private static final String FORGET =
            """
            WITH old AS (
                DELETE FROM kept_answer WHERE (user_id, key) IN (
                    SELECT user_id, key FROM kept_answer
                    WHERE created_at < now() - $1 * interval '1 second'
                    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
                RETURNING 1
            )
            SELECT count(*) FROM old
            """;

    private final Calls calls;

    KeptAnswers(Calls calls) {
        this.calls = calls;
    }

    /** Forgets up to {@code most} answers that are older than that; how many. */
    public Mono<Long> forgetOlderThan(Duration age, int most) {
        return calls.call(FORGET, row -> row.get(0, Long.class), age.toSeconds(), most);
    }
}
