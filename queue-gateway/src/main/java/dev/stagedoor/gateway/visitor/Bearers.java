package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.request.Caller;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Who they are that show an access token; and whether whoever shows a ticket says themselves that
 * they are somebody else than it was given to. Whoever says nothing is believed, so what is no
 * access token of ours says nothing either: it may be meant for the upstream.
 */
@Component
public final class Bearers {

    private static final Duration KNOWN_FOR = Duration.ofMinutes(1);

    /** A power of two. */
    private static final int RECENT = 4096;

    /** Longer ones are verified each time. */
    private static final int LONGEST = 2048;

    private static final Optional<Optional<Bearer>> NOBODY = Optional.of(Optional.empty());

    private final Credentials credentials;
    private final Identities identities;

    /** The last token of each slot, and whose it is; at most 10 MB. */
    private final AtomicReferenceArray<Seen> recent = new AtomicReferenceArray<>(RECENT);

    private record Seen(String token, Optional<Bearer> bearer, long atNanos) {

        boolean isOf(String shown) {
            return System.nanoTime() - atNanos < KNOWN_FOR.toNanos() && token.equals(shown);
        }
    }

    Bearers(Credentials credentials, Identities identities) {
        this.credentials = credentials;
        this.identities = identities;
    }

    /** Empty where an identity provider has to be asked. */
    public Optional<Boolean> areSomebodyElse(Caller caller, UserId holder) {
        return known(caller).map(bearer -> isSomebodyElse(bearer, holder));
    }

    public Mono<Boolean> askWhetherSomebodyElse(Caller caller, UserId holder) {
        return ask(caller).map(bearer -> isSomebodyElse(bearer, holder));
    }

    private static boolean isSomebodyElse(Optional<Bearer> bearer, UserId holder) {
        return bearer.filter(it -> !it.user().equals(holder)).isPresent();
    }

    /** By which sign-in the holder of a ticket is known, if that comes along. */
    public @Nullable UUID signIn(Caller caller, UserId holder) {
        return known(caller)
                .flatMap(bearer -> bearer)
                .filter(bearer -> bearer.user().equals(holder))
                .map(Bearer::signIn)
                .orElse(null);
    }

    public boolean areShown(Caller caller) {
        return shown(caller) != null;
    }

    /** Whom a good token names; empty where an identity provider has to be asked. */
    public Optional<Optional<Bearer>> known(Caller caller) {
        String token = shown(caller);
        if (token == null) {
            return NOBODY;
        }
        Seen last = recent.getAcquire(slot(token));
        return last != null && last.isOf(token)
                ? Optional.of(last.bearer())
                : identities.atOnce(token).map(identity -> seen(token, identity));
    }

    public Mono<Optional<Bearer>> ask(Caller caller) {
        return known(caller)
                .map(Mono::just)
                .orElseGet(
                        () -> {
                            String token = shown(caller);
                            return identities.identify(token).map(one -> seen(token, one));
                        });
    }

    private @Nullable String shown(Caller caller) {
        return credentials
                .accessToken(caller)
                .or(() -> credentials.accessCookie(caller))
                .orElse(null);
    }

    private Optional<Bearer> seen(String token, Identity identity) {
        Optional<Bearer> named =
                identity instanceof Identity.Known(Bearer bearer)
                        ? Optional.of(bearer)
                        : Optional.empty();
        if (token.length() <= LONGEST && !(identity instanceof Identity.Unavailable)) {
            recent.setRelease(slot(token), new Seen(token, named, System.nanoTime()));
        }
        return named;
    }

    private static int slot(String token) {
        return token.hashCode() & RECENT - 1;
    }
}
