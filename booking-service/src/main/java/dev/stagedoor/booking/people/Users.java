package dev.stagedoor.booking.people;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.UUID;

/** The rows of the table {@code users}; each comes with an account. */
@Component
public final class Users {

    private static final int MOST_MET = 100_000;

    private final Calls calls;
    private final Cache<UserId, Boolean> met = Caffeine.newBuilder().maximumSize(MOST_MET).build();

    Users(Calls calls) {
        this.calls = calls;
    }

    /**
     * Whoever is new, or let in by the line as a guest, gets an account, and signs in with it;
     * empty if they have one, which they keep.
     */
    public Mono<Bearer> introduce(UserId id, String name) {
        UUID signIn = UUID.randomUUID();
        return calls.call(
                        "SELECT introduce($1, $2, $3, $4)",
                        row -> row.get(0, Boolean.class),
                        id.uuid(),
                        name,
                        signIn,
                        SignIns.LIFETIME.toSeconds())
                .filter(isNew -> isNew)
                .map(_ -> new Bearer(id, signIn));
    }

    /**
     * Users for whom an identity provider vouches do not register here: they are written down when
     * they first come, and remembered, so that it is asked of the database once.
     */
    public Mono<Void> welcome(UserId id) {
        return id.isNamed() && met.getIfPresent(id) == null
                ? meet(id).doOnSuccess(_ -> met.put(id, true))
                : Mono.empty();
    }

    /** They are not there any more, whatever became of them: the next time they are met anew. */
    public void forget(UserId id) {
        met.invalidate(id);
    }

    /** Somebody who may be here already, and whose name we are not told. */
    private Mono<Void> meet(UserId id) {
        String sql =
                """
                WITH met AS (
                    INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING
                    RETURNING id
                )
                INSERT INTO account (user_id) SELECT id FROM met
                """;
        return calls.call(sql, _ -> null, id.uuid(), id.toString()).then();
    }

    public Mono<User> find(UserId id) {
        return calls.look(
                        "SELECT name, email FROM users WHERE id = $1",
                        row -> User.of(id, row),
                        id.uuid())
                .switchIfEmpty(Refusal.because(ProblemCode.USER_NOT_FOUND));
    }
}
