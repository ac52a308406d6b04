package dev.stagedoor.booking.people;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameters;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.UUID;

/**
 * The rows of the table {@code sign_in}: an access token is as good as the one that it names. They
 * are asked for with every request, so that one that is ended is ended everywhere at once.
 */
@Component
public final class SignIns {

    /** From the last time that it was used to get another access token. */
    static final Duration LIFETIME = Duration.ofDays(30);

    private static final int MOST_GUESTS = 100_000;

    private final Calls calls;

    /** Who has no password: nothing says that of them by which another instance would be asked. */
    private final Cache<UserId, Boolean> guests =
            Caffeine.newBuilder()
                    .maximumSize(MOST_GUESTS)
                    .expireAfterWrite(Duration.ofSeconds(10))
                    .build();

    SignIns(Calls calls) {
        this.calls = calls;
    }

    /**
     * Whoever has a password is known by a sign-in and by nothing else: a place in line says not
     * who somebody is.
     *
     * @param signIn the one that came along; null if none did
     */
    public Mono<Void> check(UserId user, @Nullable UUID signIn) {
        boolean isGuest = signIn == null && guests.getIfPresent(user) != null;
        if (isGuest || signIn == null && user.isNamed()) {
            return Mono.empty();
        }
        return calls.look(
                        "SELECT is_known($1, $2)",
                        row -> row.get(0, Boolean.class),
                        user.uuid(),
                        Parameters.in(PostgresqlObjectId.UUID, signIn))
                .flatMap(isKnown -> isKnown ? passed(user, signIn) : unknown());
    }

    private Mono<Void> passed(UserId user, @Nullable UUID signIn) {
        if (signIn == null) {
            guests.put(user, true);
        }
        return Mono.empty();
    }

    private static <T> Mono<T> unknown() {
        return Refusal.because(ProblemCode.SIGN_IN_REQUIRED);
    }

    /** Goes on for as long again; whose it is. */
    public Mono<User> renew(Bearer bearer) {
        String sql =
                """
                UPDATE sign_in SET ends_at = now() + make_interval(secs => $3) FROM users
                WHERE sign_in.id = $1 AND user_id = $2 AND ends_at > now() AND users.id = user_id
                RETURNING name, email
                """;
        return calls.call(
                        sql,
                        row -> User.of(bearer.user(), row),
                        Parameters.in(PostgresqlObjectId.UUID, bearer.signIn()),
                        bearer.user().uuid(),
                        (double) LIFETIME.toSeconds())
                .switchIfEmpty(unknown());
    }

    /** This one. */
    public Mono<Void> end(Bearer bearer) {
        return calls.call(
                "DELETE FROM sign_in WHERE id = $1 AND user_id = $2",
                _ -> null,
                Parameters.in(PostgresqlObjectId.UUID, bearer.signIn()),
                bearer.user().uuid());
    }

    /** All of a user's. */
    public Mono<Void> endAll(UserId user) {
        return calls.call("DELETE FROM sign_in WHERE user_id = $1", _ -> null, user.uuid());
    }

    void forgetGuest(UserId user) {
        guests.invalidate(user);
    }
}
