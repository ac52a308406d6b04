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
    private final LatestView board;
    private final KnownTickets memory;
    private final RoomChannel hearing;
    private final LineStore store;
    private final CircuitBreaker outage;
    private final Restoring handover;

    FindingStandings(
            RoomId id,
            LatestView board,
            KnownTickets memory,
            RoomChannel hearing,
            LineStore store,
            CircuitBreaker outage,
            Restoring handover) {
        this.id = id;
        this.board = board;
        this.memory = memory;
        this.hearing = hearing;
        this.store = store;
        this.outage = outage;
        this.handover = handover;
    }

    private record Found(Standing waiting, long view, long tick) {}

    /** Without Redis, as long as only Redis could not know better. */
    Mono<Standing> of(Ticket ticket) {
        return known(ticket).map(Mono::just).orElseGet(() -> asked(ticket));
    }

    /** If it is certain without Redis. */
    Optional<Standing> known(Ticket ticket) {
        return board.last().flatMap(current -> known(ticket, current));
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
                .switchIfEmpty(Mono.error(() -> LineUnavailable.handingOver(id)))
                .doOnNext(standing -> used(ticket, standing));
    }

    /** The same, if it is certain without Redis. */
    Optional<Standing> usedAtOnce(Ticket ticket) {
        Optional<Standing> standing =
                known(ticket).filter(it -> !endsSoon(it) && !isUncertain(it) && !isNearTheHead(it));
        standing.ifPresent(it -> used(ticket, it));
        return standing;
    }

    /** A ticket of before a loss is put back where it was. */
    Mono<Void> takeBackIfLost(Ticket ticket) {
        return Mono.justOrEmpty(board.last())
                .filter(current -> memory.mayBeLost(ticket, current))
                .flatMap(current -> takeBack(ticket, current))
                .then();
    }

    private Optional<Standing> known(Ticket ticket, RoomView current) {
        Optional<EndReason> end = memory.departures().reason(ticket);
        if (end.isPresent()) {
            return Optional.of(new Standing.Ended(end.get()));
        }
        if (memory.mayBeLost(ticket, current)) {
            return Optional.empty();
        }
        if (mayBeInside(ticket, current)) {
            return isListening(current) || current.handingOver()
                    ? memory.verdict(ticket, current.now())
                    : Optional.empty();
        }
        return board.fresh().map(fresh -> waiting(ticket, fresh));
    }

    private boolean mayBeInside(Ticket ticket, RoomView current) {
        return !current.knows(ticket.sequence()) || memory.knows(ticket);
    }

    private boolean isListening(RoomView current) {
        return hearing.isGood(current.settings().interval()) && outage.isOver();
    }

    private Standing waiting(Ticket ticket, RoomView fresh) {
        memory.signs().waiting(ticket);
        return new Standing.Waiting(fresh.ahead(ticket.sequence()));
    }

    private Mono<Standing> asked(Ticket ticket) {
        return Mono.justOrEmpty(board.last())
                .switchIfEmpty(Mono.error(() -> LineUnavailable.noView(id)))
                .flatMap(current -> asked(ticket, current));
    }

    private Mono<Standing> asked(Ticket ticket, RoomView current) {
        if (memory.mayBeLost(ticket, current)) {
            return takeBack(ticket, current);
        }
        return mayBeInside(ticket, current)
                ? checked(ticket, current)
                : Mono.error(LineUnavailable.noView(id));
    }

    /** However often somebody asks, Redis is asked once between two ticks where they only wait. */
    private Mono<Standing> checked(Ticket ticket, RoomView current) {
        Found last = found.getIfPresent(ticket);
        long tick = hearing.lastTick();
        if (last != null && last.view() == current.receivedNanos() && last.tick() == tick) {
            memory.signs().waiting(ticket);
            return Mono.just(last.waiting());
        }
        return store.check(ticket, current.life())
                .doOnNext(standing -> memory.remember(ticket, standing))
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
        return handover.takeBack(ticket, current)
                .onErrorResume(LineUnavailable.class, away -> vouched(ticket, current, away));
    }

    /**
     * Who was let in before Redis went away stays inside. Who came after the last view, when there
     * was a line or no room, stands behind all that it shows.
     */
    private Mono<Standing> vouched(Ticket ticket, RoomView current, LineUnavailable away) {
        return Mono.justOrEmpty(memory.verdict(ticket, current.now()))
                .switchIfEmpty(Mono.defer(() -> Mono.justOrEmpty(lastInLine(ticket))))
                .switchIfEmpty(Mono.error(away));
    }

    private Optional<Standing> lastInLine(Ticket ticket) {
        return board.fresh()
                .filter(fresh -> fresh.hadNoRoomFor(ticket.sequence()))
                .filter(fresh -> !memory.mayBeLost(ticket, fresh) && !memory.knows(ticket))
                .map(fresh -> waiting(ticket, fresh));
    }

    /**
     * The view is as old as the last tick: another gateway may have told those at the head of the
     * line already that it is their turn.
     */
    private Mono<Standing> doublyChecked(Ticket ticket, Standing standing) {
        return Mono.justOrEmpty(board.last())
                .filter(_ -> outage.isOver())
                .filter(current -> mayJustHaveGoneIn(ticket, standing, current))
                .flatMap(current -> checked(ticket, current))
                .onErrorResume(LineUnavailable.class, _ -> Mono.empty())
                .defaultIfEmpty(standing);
    }

    private boolean mayJustHaveGoneIn(Ticket ticket, Standing standing, RoomView current) {
        return isNearTheHead(standing) && !mayBeInside(ticket, current);
    }

    private boolean isNearTheHead(Standing standing) {
        return standing instanceof Standing.Waiting(long ahead) && ahead < board.settings().batch();
    }

    /** Another gateway may be about to say that this one is inside. */
    private boolean isUncertain(Standing standing) {
        return standing instanceof Standing.Waiting
                && board.isHandingOver()
                && board.settings().mode() != Mode.OPEN;
    }

    private boolean endsSoon(Standing standing) {
        return standing instanceof Standing.Active(Instant until)
                && board.last()
                        .filter(current -> current.now().plus(SOON).isAfter(until))
                        .isPresent();
    }

    /** Signs of life are told once a second: too late for a session that ends before that. */
    private Mono<Standing> prolonged(Ticket ticket, Standing standing) {
        return store.touch(List.of(new LineStore.Sign(ticket, true)), board.life())
                .flatMap(ends -> prolonged(ticket, ends.getFirst()))
                .onErrorResume(LineUnavailable.class, _ -> Mono.just(standing));
    }

    private Mono<Standing> prolonged(Ticket ticket, long end) {
        if (end <= 0) {
            return asked(ticket);
        }
        Standing longer = new Standing.Active(Instant.ofEpochMilli(end));
        memory.remember(ticket, longer);
        return Mono.just(longer);
    }

    private void used(Ticket ticket, Standing standing) {
        if (standing instanceof Standing.Active) {
            memory.signs().active(ticket);
        }
    }
}
