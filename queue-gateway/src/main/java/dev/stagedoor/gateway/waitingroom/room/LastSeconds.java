package dev.stagedoor.gateway.waitingroom.room;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;

/**
 * Of a session: signs of life are told once a second, which is too late for one that ends before
 * that. Of its use Redis hears at once, and again when a part of what was left is over: however
 * often somebody asks, that is a few times.
 */
final class LastSeconds {

    /** Longer than signs of life wait until they are told. */
    static final Duration SOON = Duration.ofSeconds(2);

    private static final int PART = 4;

    private final Batches<Sign, Long> touches;
    private final Cache<Ticket, Asked> asked =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(SOON).build();

    LastSeconds(LineStore store) {
        this.touches = new Batches<>(store::touch);
    }

    private record Asked(Instant until, Instant again) {}

    /** Whether Redis has to hear of a use before it is answered. */
    boolean isToBeTold(Ticket ticket, Standing.Active active, RoomView view) {
        Instant now = view.now();
        if (!now.plus(SOON).isAfter(active.until())) {
            return false;
        }
        Asked last = asked.getIfPresent(ticket);
        return last == null || !last.until().equals(active.until()) || !now.isBefore(last.again());
    }

    /** The end of the session, or -1 if it is gone. */
    Mono<Long> tell(Ticket ticket, Standing.Active active, RoomView view) {
        return Mono.defer(
                () -> {
                    isTold(ticket, active.until(), view);
                    return touches.ask(new Sign(ticket, true), view.life())
                            .doOnNext(end -> isTold(ticket, Instant.ofEpochMilli(end), view));
                });
    }

    private void isTold(Ticket ticket, Instant until, RoomView view) {
        Instant now = view.now();
        Instant again = now.plus(Duration.between(now, until).dividedBy(PART));
        asked.put(ticket, new Asked(until, again));
    }
}
