package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.CatalogueSettings;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Who looks on while seats change: so many at once, and of one user a few tabs. */
@Component
final class Watchers {

    private static final int TABS = 4;
    private static final Duration COME_BACK = Duration.ofSeconds(5);

    private final int most;
    private final AtomicInteger all = new AtomicInteger();
    private final Map<UserId, Integer> byUser = new ConcurrentHashMap<>();

    Watchers(CatalogueSettings settings) {
        this.most = settings.watchers();
    }

    /** From the moment that it begins until it ends, however it does. */
    <T> Flux<T> watching(UserId user, Flux<T> events) {
        return Flux.using(() -> enter(user), _ -> events, this::leave);
    }

    private UserId enter(UserId user) {
        boolean isOneTooMany = all.incrementAndGet() > most;
        boolean hasOneTooMany = byUser.merge(user, 1, Integer::sum) > TABS;
        if (isOneTooMany || hasOneTooMany) {
            leave(user);
            throw new Refusal(Problem.of(ProblemCode.BOOKING_BUSY).retryAfter(COME_BACK));
        }
        return user;
    }

    private void leave(UserId user) {
        all.decrementAndGet();
        byUser.computeIfPresent(user, (_, tabs) -> tabs > 1 ? tabs - 1 : null);
    }
}
