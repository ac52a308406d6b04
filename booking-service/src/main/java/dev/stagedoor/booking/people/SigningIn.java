package dev.stagedoor.booking.people;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.common.operators.Guesses;
import dev.stagedoor.common.operators.Guesses.Guesser;

import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.R2dbcType;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * By e-mail address and password. An address that nobody has is answered like one with another
 * password, and as late. Guesses are slowed down by who is guessed at and from where, then by where
 * from alone, and, so that a crowd of addresses does not help much, by who is guessed at alone. The
 * guesses of others are nothing to whoever has shown the password from there before.
 */
@Component
public final class SigningIn {

    private static final int FREE = 5;
    private static final int FREE_FROM_AN_ADDRESS = 30;
    private static final int FREE_AT_AN_ACCOUNT = 100;
    private static final int FREE_LOOKS = 30;
    private static final int FREE_CHANGES = 5;
    private static final int MOST_FAMILIAR = 50_000;

    private final Calls calls;
    private final Passwords passwords;
    private final SignIns signIns;
    private final Guesses guesses;
    private final Guesses fromAddress;
    private final Guesses atAccount;

    /** Who looks which addresses are taken, from a network; signing in waits for none of them. */
    private final Guesses looks;

    /** A change takes two hashes, and whoever knows the password never guesses wrong. */
    private final Guesses changes;

    private final Set<UserId> changing = ConcurrentHashMap.newKeySet();

    /** Who was right from where. A stranger there has the free guesses of any network. */
    private final Cache<Guesser, Boolean> familiar =
            Caffeine.newBuilder()
                    .maximumSize(MOST_FAMILIAR)
                    .expireAfterWrite(SignIns.LIFETIME)
                    .build();

    SigningIn(
            Calls calls,
            Passwords passwords,
            SignIns signIns,
            ObjectProvider<InstantSource> clocks) {
        this.calls = calls;
        this.passwords = passwords;
        this.signIns = signIns;
        InstantSource clock = clocks.getIfAvailable(Guesses::steadyClock);
        this.guesses = new Guesses(clock, FREE);
        this.fromAddress = new Guesses(clock, FREE_FROM_AN_ADDRESS);
        this.atAccount = new Guesses(clock, FREE_AT_AN_ACCOUNT);
        this.looks = new Guesses(clock, FREE_LOOKS);
        this.changes = new Guesses(clock, FREE_CHANGES);
    }

    /** Somebody who has signed in, and what their access token shall say. */
    public record Signed(User user, Bearer bearer) {}

    /** Somebody's new password. */
    public record Reset(UserId userId, String password) {
        @Override
        public String toString() {
            return "Reset[userId=" + userId + "]";
        }
    }

    private record Found(UserId user, String password) {
        @Override
        public String toString() {
            return "Found[user=" + user + "]";
        }
    }

    /**
     * @param from null if nobody says from where
     */
    public Mono<Signed> signIn(Email email, String password, @Nullable InetAddress from) {
        Mono<Found> found = find("email = $1", email.value());
        return guess(guesser(email.value(), from), found, password)
                .flatMap(one -> open(one, email));
    }

    private Mono<Signed> open(Found found, Email email) {
        UUID signIn = UUID.randomUUID();
        return calls.call(
                        "SELECT sign_in($1, $2, $3, $4)",
                        row -> row.get(0, String.class),
                        found.user().uuid(),
                        found.password(),
                        signIn,
                        SignIns.LIFETIME.toSeconds())
                .switchIfEmpty(refused())
                .map(
                        name ->
                                new Signed(
                                        new User(found.user(), name, email.value()),
                                        new Bearer(found.user(), signIn)));
    }

    /**
     * Gives a guest an address and a password to come back by, or somebody others than they had:
     * then the one of before is asked for. Everywhere else they have to sign in again.
     *
     * @param former the password of before; null for a guest
     */
    public Mono<Void> keep(
            Bearer bearer,
            Email email,
            String password,
            @Nullable String former,
            @Nullable InetAddress from) {
        if (bearer.signIn() == null) {
            return Refusal.because(ProblemCode.SIGN_IN_REQUIRED);
        }
        Guesser guesser = guesser(bearer.user().toString(), from);
        Mono<Void> change = change(guesser, bearer, email, password, former);
        List<Count> looked = byNetwork(looks, guesser);
        return alone(bearer.user(), counted(looked, ProblemCode.EMAIL_TAKEN, change));
    }

    private Mono<Void> alone(UserId user, Mono<Void> change) {
        return Mono.defer(
                () ->
                        changing.add(user)
                                ? change.doOnTerminate(() -> changing.remove(user))
                                        .doOnCancel(() -> changing.remove(user))
                                : Mono.error(oneAtATime()));
    }

    private static Refusal oneAtATime() {
        return new Refusal(Problem.of(ProblemCode.ONE_AT_A_TIME).retryAfter(Problem.SOON));
    }

    private Mono<Void> change(
            Guesser guesser, Bearer bearer, Email email, String password, @Nullable String former) {
        Guesser account = Guesser.anywhere(guesser.name());
        return Mono.defer(() -> orWait(mustWait(guesser)))
                .then(Mono.defer(() -> orWait(changes.mustWait(account))))
                .then(find("id = $1 AND password IS NOT NULL", bearer.user().uuid()))
                .flatMap(it -> guess(guesser, Mono.just(it), former == null ? "" : former))
                .map(Found::password)
                .singleOptional()
                .doOnNext(_ -> changes.wrong(account))
                .zipWhen(
                        _ ->
                                passwords
                                        .hash(password, guesser.network())
                                        .doOnError(_ -> changes.takeBack(account)))
                .flatMap(
                        both ->
                                set(
                                        bearer.user(),
                                        both.getT1().orElse(null),
                                        email.value(),
                                        both.getT2(),
                                        bearer.signIn()))
                .onErrorMap(
                        error -> Trouble.violates(error, "email_is_of_one_user"),
                        _ -> taken(guesser));
    }

    /** Whoever looks by this which addresses are known is slowed down like whoever guesses. */
    private Refusal taken(Guesser guesser) {
        guesses.wrong(guesser);
        atAccount.wrong(Guesser.anywhere(guesser.name()));
        return new Refusal(Problem.of(ProblemCode.EMAIL_TAKEN));
    }

    /**
     * For whoever has forgotten it, and has convinced an operator: a new one, to be told to them.
     */
    public Mono<Reset> reset(UserId user) {
        String password = Passwords.random();
        return known("id = $1", user.uuid())
                .zipWhen(_ -> passwords.hash(password, ""))
                .flatMap(both -> set(user, both.getT1().password(), null, both.getT2(), null))
                .onErrorMap(Refusal.says(ProblemCode.SIGN_IN_REFUSED), _ -> oneAtATime())
                .thenReturn(new Reset(user, password));
    }

    /** Who has this address. */
    public Mono<UserId> whose(Email email) {
        return known("email = $1", email.value()).map(Found::user);
    }

    private Mono<Found> known(String which, Object value) {
        return find(which, value).switchIfEmpty(Refusal.because(ProblemCode.USER_NOT_FOUND));
    }

    private Mono<Void> set(
            UserId user,
            @Nullable String former,
            @Nullable String email,
            String password,
            @Nullable UUID kept) {
        return calls.call(
                        "SELECT set_password($1, $2, $3, $4, $5)",
                        row -> row.get(0, Boolean.class),
                        user.uuid(),
                        Parameters.in(R2dbcType.VARCHAR, former),
                        Parameters.in(R2dbcType.VARCHAR, email),
                        password,
                        Parameters.in(PostgresqlObjectId.UUID, kept))
                .flatMap(isSet -> isSet ? Mono.<Void>empty() : refused())
                .doOnTerminate(() -> signIns.forgetGuest(user)) // before anybody is told
                .doOnCancel(() -> signIns.forgetGuest(user));
    }

    private Mono<Found> find(String which, Object value) {
        return calls.look(
                "SELECT id, password FROM users WHERE " + which,
                row ->
                        new Found(
                                new UserId(row.get("id", UUID.class)),
                                row.get("password", String.class)),
                value);
    }

    // ── guesses ─────────────────────────────────────────────────────────────────────────────────

    private static Guesser guesser(String whose, @Nullable InetAddress from) {
        return from == null ? Guesser.anywhere(whose) : Guesser.of(whose, from);
    }

    private record Count(Guesses in, Guesser by) {}

    /** Where a guess counts, and whoever makes it may have to wait. */
    private List<Count> counts(Guesser guesser) {
        List<Count> counts = new ArrayList<>(List.of(new Count(guesses, guesser)));
        if (familiar.getIfPresent(guesser) == null) {
            counts.addAll(byNetwork(fromAddress, guesser));
            counts.add(new Count(atAccount, Guesser.anywhere(guesser.name())));
        }
        return counts;
    }

    /** Where nobody says from where, all would be one. */
    private static List<Count> byNetwork(Guesses in, Guesser guesser) {
        return guesser.network().isEmpty()
                ? List.of()
                : List.of(new Count(in, new Guesser("", guesser.network())));
    }

    private Optional<Duration> mustWait(Guesser guesser) {
        return counts(guesser).stream().flatMap(it -> it.in.mustWait(it.by).stream()).findFirst();
    }

    /** In all of them, or in none if one must wait. */
    private static Mono<Void> count(List<Count> counts) {
        for (int counted = 0; counted < counts.size(); counted++) {
            Count next = counts.get(counted);
            Optional<Duration> wait = next.in.guess(next.by);
            if (wait.isPresent()) {
                takeBack(counts.subList(0, counted));
                return orWait(wait);
            }
        }
        return Mono.empty();
    }

    private static void takeBack(List<Count> counts) {
        counts.forEach(it -> it.in.takeBack(it.by));
    }

    private static Mono<Void> orWait(Optional<Duration> wait) {
        return wait.<Mono<Void>>map(
                        it ->
                                Refusal.because(
                                        Problem.of(ProblemCode.TOO_MANY_REQUESTS).retryAfter(it)))
                .orElseGet(Mono::empty);
    }

    /** Whoever must wait is told so whether anybody has that address or not. */
    private Mono<Found> guess(Guesser guesser, Mono<Found> found, String password) {
        Mono<Found> compared =
                passwords
                        .match(password, found, Found::password, guesser.network())
                        .switchIfEmpty(refused());
        return Mono.defer(() -> counted(counts(guesser), ProblemCode.SIGN_IN_REFUSED, compared))
                .doOnNext(one -> right(guesser, one));
    }

    /** Before it is known how it ends: who guesses many at once has guessed many. */
    private static <T> Mono<T> counted(List<Count> counts, ProblemCode wrong, Mono<T> guess) {
        return Mono.defer(() -> count(counts))
                .then(
                        guess.doOnSuccess(_ -> takeBack(counts))
                                .doOnError(Refusal.says(wrong).negate(), _ -> takeBack(counts)));
    }

    private void right(Guesser guesser, Found found) {
        guesses.right(guesser);
        familiar.put(guesser, true);
        familiar.put(new Guesser(found.user().toString(), guesser.network()), true);
    }

    private static <T> Mono<T> refused() {
        return Refusal.because(ProblemCode.SIGN_IN_REFUSED);
    }
}
