package dev.stagedoor.gateway.waitingroom.room;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.known.RoomChannel;
import dev.stagedoor.gateway.waitingroom.redis.CircuitBreaker;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where the holders of tickets stand: by the last view and what is remembered, as long as that is
 * certain; otherwise by Redis.
 */
final class FindingStandings {

    /** Longer than signs of life wait until they are told. */
    private static final Duration SOON = Duration.ofSeconds(2);

    /** Who was found waiting by Redis itself: nothing changes that before the next tick. */
    private final Cache<Ticket, Found> found =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(SOON).build();

    private final RoomId id;
    private final LatestView latest;
    private final KnownTickets known;
    private final RoomChannel channel;
    private final LineStore store;
    private final CircuitBreaker breaker;
    private final Restoring restoring;

    FindingStandings(
            RoomId id,
            LatestView latest,
            KnownTickets known,
            RoomChannel channel,
            LineStore store,
            CircuitBreaker breaker,
            Restoring restoring) {
        this.id = id;
        this.latest = latest;
        this.known = known;
        this.channel = channel;
        this.store = store;
        this.breaker = breaker;
        this.restoring = restoring;
    }

    private record Found(Standing waiting, long view, long tick) {}

    /** Without Redis, as long as only Redis could not know better. */
    Mono<Standing> of(Ticket ticket) {
        return known(ticket).map(Mono::just).orElseGet(() -> asked(ticket));
    }

    /** If it is certain without Redis. */
    Optional<Standing> known(Ticket ticket) {
        return latest.last().flatMap(current -> known(ticket, current));
    }

    /**
     * Whether somebody is inside for certain, and not just about to be out; if so, this is a use of
     * the session.
     */
    boolean letsPassAtOnce(Ticket ticket) {
        boolean inside =
                known(ticket)
                        .filter(Standing.Active.class::isInstance)
                        .filter(standing -> !endsSoon(standing))
                        .isPresent();
        if (inside) {
            known.seenInside(ticket);
        }
        return inside;
    }

    /** Of somebody who wants to pass; passing is a use of the session. */
    Mono<Standing> use(Ticket ticket) {
        return of(ticket)
                .flatMap(standing -> doublyChecked(ticket, standing))
                .flatMap(
                        standing ->
                                endsSoon(standing)
                                        ? prolonged(ticket, standing)
                                        : Mono.just(standing))
                .filter(standing -> !isUncertain(standing))
                .switchIfEmpty(Mono.error(() -> LineUnavailable.restoring(id)))
                .doOnNext(standing -> used(ticket, standing));
    }

    /** A ticket of before a loss is put back where it was. */
    Mono<Void> takeBackIfLost(Ticket ticket) {
        return Mono.justOrEmpty(latest.last())
                .filter(current -> known.mayBeLost(ticket, current))
                .flatMap(current -> takeBack(ticket, current))
                .then();
    }

    private Optional<Standing> known(Ticket ticket, RoomView current) {
        EndReason end = known.end(ticket);
        if (end != null) {
            return Optional.of(new Standing.Ended(end));
        }
        if (known.mayBeLost(ticket, current)) {
            return Optional.empty();
        }
        if (mayBeInside(ticket, current)) {
            return isListening(current) || current.restoring()
                    ? Optional.<Standing>ofNullable(known.inside(ticket, current.now()))
                    : Optional.empty();
        }
        return latest.fresh().map(fresh -> waiting(ticket, fresh));
    }

    private boolean mayBeInside(Ticket ticket, RoomView current) {
        return !current.knows(ticket.sequence()) || known.knows(ticket);
    }

    private boolean isListening(RoomView current) {
        return channel.isGood(current.settings().interval()) && breaker.isClosed();
    }

    private Standing waiting(Ticket ticket, RoomView fresh) {
        known.seenWaiting(ticket);
        return new Standing.Waiting(fresh.ahead(ticket.sequence()));
    }

    private Mono<Standing> asked(Ticket ticket) {
        return Mono.justOrEmpty(latest.last())
                .switchIfEmpty(Mono.error(() -> LineUnavailable.noView(id)))
                .flatMap(current -> asked(ticket, current));
    }

    private Mono<Standing> asked(Ticket ticket, RoomView current) {
        if (known.mayBeLost(ticket, current)) {
            return takeBack(ticket, current);
        }
        return mayBeInside(ticket, current)
                ? checked(ticket, current)
                : Mono.error(LineUnavailable.noView(id));
    }

    /** However often somebody asks, Redis is asked once between two ticks where they only wait. */
    private Mono<Standing> checked(Ticket ticket, RoomView current) {
        Found last = found.getIfPresent(ticket);
        long tick = channel.lastTick();
        if (last != null && last.view() == current.receivedNanos() && last.tick() == tick) {
            known.seenWaiting(ticket);
            return Mono.just(last.waiting());
        }
        return store.check(ticket, current.life())
                .doOnNext(standing -> known.remember(ticket, standing))
                .doOnNext(
                        standing -> {
                            if (standing instanceof Standing.Waiting) {
                                found.put(
                                        ticket, new Found(standing, current.receivedNanos(), tick));
                            }
                        })
                .onErrorResume(LineUnavailable.class, away -> vouched(ticket, current, away));
    }

    private Mono<Standing> takeBack(Ticket ticket, RoomView current) {
        return restoring
                .takeBack(ticket, current)
                .onErrorResume(LineUnavailable.class, away -> vouched(ticket, current, away));
    }

    /**
     * Who was let in before Redis went away stays inside. Who came after the last view, when there
     * was a line or no room, stands behind all that it shows.
     */
    private Mono<Standing> vouched(Ticket ticket, RoomView current, LineUnavailable away) {
        return Mono.justOrEmpty(Optional.<Standing>ofNullable(known.inside(ticket, current.now())))
                .switchIfEmpty(Mono.defer(() -> Mono.justOrEmpty(lastInLine(ticket))))
                .switchIfEmpty(Mono.error(away));
    }

    private Optional<Standing> lastInLine(Ticket ticket) {
        return latest.fresh()
                .filter(fresh -> fresh.hadNoRoomFor(ticket.sequence()))
                .filter(fresh -> !known.mayBeLost(ticket, fresh) && !known.knows(ticket))
                .map(fresh -> waiting(ticket, fresh));
    }

    /**
     * The view is as old as the last tick: another gateway may have told those at the head of the
     * line already that it is their turn.
     */
    private Mono<Standing> doublyChecked(Ticket ticket, Standing standing) {
        return Mono.justOrEmpty(latest.last())
                .filter(_ -> breaker.isClosed())
                .filter(current -> mayJustHaveGoneIn(ticket, standing, current))
                .flatMap(current -> checked(ticket, current))
                .onErrorResume(LineUnavailable.class, _ -> Mono.empty())
                .defaultIfEmpty(standing);
    }

    private boolean mayJustHaveGoneIn(Ticket ticket, Standing standing, RoomView current) {
        return standing instanceof Standing.Waiting(long ahead)
                && ahead < current.settings().batch()
                && !mayBeInside(ticket, current);
    }

    /** Another gateway may be about to say that this one is inside. */
    private boolean isUncertain(Standing standing) {
        return standing instanceof Standing.Waiting
                && latest.isRestoring()
                && latest.settings().mode() != Mode.OPEN;
    }

    private boolean endsSoon(Standing standing) {
        return standing instanceof Standing.Active(Instant until)
                && latest.last()
                        .filter(current -> current.now().plus(SOON).isAfter(until))
                        .isPresent();
    }

    /** Signs of life are told once a second: too late for a session that ends before that. */
    private Mono<Standing> prolonged(Ticket ticket, Standing standing) {
        return store.touch(List.of(new LineStore.Sign(ticket, true)), latest.life())
                .flatMap(ends -> prolonged(ticket, ends.getFirst()))
                .onErrorResume(LineUnavailable.class, _ -> Mono.just(standing));
    }

    private Mono<Standing> prolonged(Ticket ticket, long end) {
        if (end <= 0) {
            return asked(ticket);
        }
        Standing longer = new Standing.Active(Instant.ofEpochMilli(end));
        known.remember(ticket, longer);
        return Mono.just(longer);
    }

    private void used(Ticket ticket, Standing standing) {
        if (standing instanceof Standing.Active) {
            known.seenInside(ticket);
        }
    }
}
