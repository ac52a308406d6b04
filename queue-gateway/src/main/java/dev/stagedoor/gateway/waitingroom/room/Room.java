package dev.stagedoor.gateway.waitingroom.room;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge;
import dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge.Finding;
import dev.stagedoor.gateway.waitingroom.known.Memory;
import dev.stagedoor.gateway.waitingroom.known.Signs;
import dev.stagedoor.gateway.waitingroom.redis.CircuitBreaker;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Comer;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * One line, as this gateway knows it. Redis decides; what it has decided is remembered here as long
 * as it is certain, so that neither those who wait nor those who are inside cost a call each.
 */
public final class Room {

    /** Longer than anybody waits for an answer, even if the view came in late. */
    private static final Duration JOINS_LAST_AT_LEAST = Duration.ofSeconds(2);

    private final RoomId id;
    private final LineStore store;
    private final CircuitBreaker breaker;
    private final long pollBudget;
    private final LatestView latest;
    private final KnownTickets known;
    private final Upkeep upkeep;
    private final Controls controls;
    private final Duration joinsLast;
    private final Batches<Comer, Joined> joins;
    private final Batches<Ticket, Standing> checks;
    private final Batches<Sign, Long> uses;

    /** Found by Redis itself: nothing changes that before the next tick. */
    private final Cache<Ticket, FoundWaiting> foundWaiting =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(Signs.SOON).build();

    private record FoundWaiting(Standing.Waiting standing, long view, long tick) {}

    /**
     * @param initial what the room is made with, if it is missing
     * @param configured whether these are its own settings, or just those of any room
     */
    Room(
            RoomId id,
            RoomSettings initial,
            boolean configured,
            LineStore store,
            Memory memory,
            Recovery recovery,
            Timings timings,
            long pollBudget) {
        this.id = id;
        this.store = store;
        this.breaker = store.breaker();
        this.pollBudget = pollBudget;
        this.latest = new LatestView(id, initial, configured, timings.viewLasts());
        this.known = new KnownTickets(id, memory, breaker::isClosed);
        this.upkeep = new Upkeep(id, latest, known, store, recovery);
        this.controls = new Controls(latest, known, store, upkeep);
        this.joinsLast = Collections.max(List.of(JOINS_LAST_AT_LEAST, timings.redisDeadline()));
        this.joins = new Batches<>((comers, _) -> joined(comers));
        this.checks = new Batches<>(store::check);
        this.uses = new Batches<>(store::touch);
    }

    public RoomId id() {
        return id;
    }

    /** Polls a second that it may cost this gateway. */
    public long pollBudget() {
        return pollBudget;
    }

    /** The settings in force, as far as this gateway knows. */
    public RoomSettings settings() {
        return latest.settings();
    }

    /** A room that was only heard of guards nothing before its settings are known. */
    public boolean isKnown() {
        return latest.isKnown();
    }

    /** The last view, unless it is too old to be told to anybody. */
    public Optional<RoomView> view() {
        return latest.fresh();
    }

    /** Every view from now on, one per tick. */
    public Flux<RoomView> views() {
        return latest.views();
    }

    // ── the line ────────────────────────────────────────────────────────────────────────────────

    /**
     * @param where to go on: many answers come at once
     */
    public Mono<Joined> join(UserId user, Executor where) {
        return joined(new Comer(user, null), where);
    }

    /** For somebody known who shows a ticket: one that was lost is restored before a new one. */
    public Mono<Joined> joinAs(Ticket ticket, Executor where) {
        return Mono.defer(() -> upkeep.restoreIfLost(ticket).then(join(ticket.user(), where)));
    }

    /** For somebody who shows nothing but a ticket: the place that it names, if that still is. */
    public Mono<Joined> joinAgain(Ticket ticket, Executor where) {
        return Mono.defer(() -> upkeep.restoreIfLost(ticket))
                .then(joined(new Comer(ticket.user(), ticket), where));
    }

    /** Where somebody stands, if that is certain without Redis. */
    public Optional<Standing> known(Ticket ticket) {
        return Optional.ofNullable(alive(ticket, lookUp(ticket)));
    }

    /** The same of somebody who has not asked: it is no sign of life. */
    public @Nullable Standing lookUp(Ticket ticket) {
        RoomView view = latest.last();
        Knowledge knowledge = knowledge(ticket, view);
        return standing(ticket, view, knowledge, knowledge.finding());
    }

    /** Where somebody stands: without Redis, as long as only Redis could not know better. */
    public Mono<Standing> standing(Ticket ticket) {
        RoomView view = latest.last();
        Knowledge knowledge = knowledge(ticket, view);
        Finding finding = knowledge.finding();
        return switch (finding) {
            case IS_OVER, IS_INSIDE, WAITS ->
                    Mono.justOrEmpty(alive(ticket, standing(ticket, view, knowledge, finding)));
            case RESTORE_FIRST -> restored(ticket, view);
            case ASK_REDIS -> checked(ticket, view);
            case NO_VIEW -> Mono.error(LineUnavailable.noView(id));
        };
    }

    /** Where somebody stands who wants to pass, if that is certain: it is a use of the session. */
    public Optional<Standing> usedAtOnce(Ticket ticket) {
        Standing standing = alive(ticket, lookUp(ticket));
        if (standing == null || !isCertain(ticket, standing)) {
            return Optional.empty();
        }
        used(ticket, standing);
        return Optional.of(standing);
    }

    /** Where somebody stands who wants to pass: it is a use of the session. */
    public Mono<Standing> use(Ticket ticket) {
        return standing(ticket)
                .flatMap(standing -> checkedAtTheHead(ticket, standing))
                .flatMap(standing -> prolonged(ticket, standing))
                .filter(standing -> !isUncertain(standing))
                .switchIfEmpty(Mono.error(() -> LineUnavailable.restoring(id)))
                .doOnNext(standing -> used(ticket, standing));
    }

    /** Ends a ticket here at once, and everywhere as soon as Redis has heard of it, once. */
    public Mono<Void> end(Ticket ticket, EndReason reason) {
        return Mono.defer(
                () ->
                        known.isToldOver(ticket)
                                ? Mono.empty()
                                : upkeep.tell(ticket, known.endHere(ticket, reason)).then());
    }

    public Mono<Void> extend(Ticket ticket, Duration by) {
        return store.extend(ticket, by, latest.life())
                .filter(Standing.Active.class::isInstance) // of any other, extend knows nothing
                .doOnNext(standing -> known.remember(ticket, standing))
                .then();
    }

    /** What is remembered of all rooms together has its bounds. */
    void sharesMemoryAmong(int rooms) {
        known.sharesMemoryAmong(rooms);
    }

    // ── operators ───────────────────────────────────────────────────────────────────────────────

    public Controls controls() {
        return controls;
    }

    /** The last view, however old. */
    public Optional<RoomView> lastView() {
        return Optional.ofNullable(latest.last());
    }

    /** How Redis is, by the last call that failed and the last tick. */
    public RedisState redis() {
        return breaker.isClosed() ? latest.redis() : RedisState.AWAY;
    }

    /** For whoever owns the timers. */
    public Upkeep upkeep() {
        return upkeep;
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private Knowledge knowledge(Ticket ticket, @Nullable RoomView view) {
        return view == null ? Knowledge.NOTHING : known.of(ticket, view, latest.isFresh(view));
    }

    private static @Nullable Standing standing(
            Ticket ticket, @Nullable RoomView view, Knowledge knowledge, Finding finding) {
        return switch (finding) {
            case IS_OVER -> new Standing.Ended(knowledge.end());
            case IS_INSIDE -> knowledge.inside();
            case WAITS -> new Standing.Waiting(view.ahead(ticket.sequence()));
            case RESTORE_FIRST, ASK_REDIS, NO_VIEW -> null;
        };
    }

    private @Nullable Standing alive(Ticket ticket, @Nullable Standing standing) {
        if (standing instanceof Standing.Waiting) {
            known.signs().ofWaiting(ticket);
        }
        return standing;
    }

    /** However often somebody asks, Redis is asked once between two ticks where they only wait. */
    private Mono<Standing> checked(Ticket ticket, RoomView view) {
        FoundWaiting last = foundWaiting.getIfPresent(ticket);
        long tick = known.lastTick();
        if (last != null && last.view() == view.taken().receivedNanos() && last.tick() == tick) {
            known.signs().ofWaiting(ticket);
            return Mono.just(last.standing());
        }
        return checks.ask(ticket, view.life())
                .doOnNext(standing -> found(ticket, standing, view, tick))
                .onErrorResume(LineUnavailable.class, away -> withoutRedis(ticket, away));
    }

    private void found(Ticket ticket, Standing standing, RoomView view, long tick) {
        known.remember(ticket, standing);
        if (standing instanceof Standing.Waiting waits) {
            foundWaiting.put(ticket, new FoundWaiting(waits, view.taken().receivedNanos(), tick));
        }
    }

    private Mono<Standing> restored(Ticket ticket, RoomView view) {
        return upkeep.restore(ticket, view)
                .onErrorResume(LineUnavailable.class, away -> withoutRedis(ticket, away));
    }

    private Mono<Standing> withoutRedis(Ticket ticket, LineUnavailable away) {
        RoomView view = latest.last();
        Knowledge knowledge = knowledge(ticket, view);
        Standing standing =
                alive(ticket, standing(ticket, view, knowledge, knowledge.withoutRedis()));
        return standing == null ? Mono.error(away) : Mono.just(standing);
    }

    /** Whether somebody can be let pass, or refused, without another look. */
    private boolean isCertain(Ticket ticket, Standing standing) {
        RoomView view = latest.seen();
        return switch (standing) {
            case Standing.Active active -> !known.signs().isUrgent(ticket, active, view.now());
            case Standing.Waiting(long ahead) ->
                    !view.mayHaveCalled(ahead) && !view.isUncertainWhoWaits();
            case Standing.Ended _ -> true;
        };
    }

    /**
     * The view is as old as the last tick: another gateway may have told those at the head of the
     * line already that it is their turn.
     */
    private Mono<Standing> checkedAtTheHead(Ticket ticket, Standing standing) {
        RoomView view = latest.seen();
        if (!(standing instanceof Standing.Waiting(long ahead))
                || !view.mayHaveCalled(ahead)
                || !breaker.isClosed()
                || !knowledge(ticket, view).waitsByTheView()) {
            return Mono.just(standing);
        }
        return checked(ticket, view).onErrorReturn(LineUnavailable.class, standing);
    }

    private boolean isUncertain(Standing standing) {
        return standing instanceof Standing.Waiting && latest.seen().isUncertainWhoWaits();
    }

    private Mono<Standing> prolonged(Ticket ticket, Standing standing) {
        RoomView view = latest.seen();
        return standing instanceof Standing.Active active
                        && known.signs().isUrgent(ticket, active, view.now())
                ? Mono.defer(() -> told(ticket, active, view))
                        .flatMap(end -> prolonged(ticket, view, end))
                        .onErrorReturn(LineUnavailable.class, standing)
                : Mono.just(standing);
    }

    /** The end of the session, or -1 if it is gone. */
    private Mono<Long> told(Ticket ticket, Standing.Active active, RoomView view) {
        known.signs().noteToldAtOnce(ticket, active.until(), view.now());
        return uses.ask(new Sign(ticket, true), view.life())
                .doOnNext(
                        end ->
                                known.signs()
                                        .noteToldAtOnce(
                                                ticket, Instant.ofEpochMilli(end), view.now()));
    }

    private Mono<Standing> prolonged(Ticket ticket, RoomView view, long end) {
        if (end <= 0) {
            return known.mayBeLost(ticket, view) ? restored(ticket, view) : checked(ticket, view);
        }
        Standing longer = new Standing.Active(Instant.ofEpochMilli(end));
        known.remember(ticket, longer);
        return Mono.just(longer);
    }

    private void used(Ticket ticket, Standing standing) {
        if (standing instanceof Standing.Active) {
            known.signs().ofInside(ticket);
        }
    }

    private Mono<List<Joined>> joined(List<Comer> comers) {
        RoomView view = latest.last();
        return view == null
                ? Mono.error(LineUnavailable.noView(id))
                : store.join(comers, view.epoch(), view.now().plus(joinsLast));
    }

    private Mono<Joined> joined(Comer comer, Executor where) {
        Mono<Joined> asking = joins.ask(comer, Life.ANY, where);
        return asking.flatMap(joined -> unlessOver(joined, asking)).doOnNext(known::remember);
    }

    /** That a place is over here Redis may not have heard yet. */
    private Mono<Joined> unlessOver(Joined joined, Mono<Joined> again) {
        return joined instanceof Joined.Placed(Ticket ticket, _, _)
                        && known.end(ticket) instanceof EndReason reason
                ? upkeep.tell(ticket, reason).then(again)
                : Mono.just(joined);
    }
}
