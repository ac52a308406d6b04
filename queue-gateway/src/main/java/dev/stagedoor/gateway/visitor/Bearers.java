package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Whether whoever shows a ticket says themselves that they are somebody else than it was given to.
 * Whoever says nothing is believed, so what is no access token of ours says nothing either: it may
 * be meant for the upstream.
 */
@Component
public final class Bearers {

    private static final Duration KNOWN_FOR = Duration.ofMinutes(1);

    /** A power of two. */
    private static final int RECENT = 4096;

    /** Longer ones are verified each time. */
    private static final int LONGEST = 2048;

    private static final Optional<Boolean> NO = Optional.of(false);

    private final Credentials credentials;
    private final Identities identities;

    /** The last token of each slot, and whose it is; at most 10 MB. */
    private final AtomicReferenceArray<Seen> recent = new AtomicReferenceArray<>(RECENT);

    private record Seen(String token, @Nullable UserId user, long atNanos) {

        boolean isOf(String shown) {
            return System.nanoTime() - atNanos < KNOWN_FOR.toNanos() && token.equals(shown);
        }

        boolean isSomebodyElseThan(UserId holder) {
            return user != null && !user.equals(holder);
        }
    }

    Bearers(Credentials credentials, Identities identities) {
        this.credentials = credentials;
        this.identities = identities;
    }

    /** Empty where an identity provider has to be asked. */
    public Optional<Boolean> areSomebodyElse(Caller caller, UserId holder) {
        String token = shown(caller);
        if (token == null) {
            return NO;
        }
        Seen last = recent.getAcquire(slot(token));
        return last != null && last.isOf(token)
                ? Optional.of(last.isSomebodyElseThan(holder))
                : identities
                        .atOnce(token)
                        .map(identity -> seen(token, identity).isSomebodyElseThan(holder));
    }

    public Mono<Boolean> askWhetherSomebodyElse(Caller caller, UserId holder) {
        return areSomebodyElse(caller, holder)
                .map(Mono::just)
                .orElseGet(
                        () -> {
                            String token = shown(caller);
                            return identities
                                    .identify(token)
                                    .map(one -> seen(token, one).isSomebodyElseThan(holder));
                        });
    }

    private @Nullable String shown(Caller caller) {
        return credentials
                .accessToken(caller)
                .or(() -> credentials.accessCookie(caller))
                .orElse(null);
    }

    private Seen seen(String token, Identity identity) {
        UserId user = identity instanceof Identity.Known(UserId known) ? known : null;
        Seen seen = new Seen(token, user, System.nanoTime());
        if (token.length() <= LONGEST && !(identity instanceof Identity.Unavailable)) {
            recent.setRelease(slot(token), seen);
        }
        return seen;
    }

    private static int slot(String token) {
        return token.hashCode() & RECENT - 1;
    }
}
