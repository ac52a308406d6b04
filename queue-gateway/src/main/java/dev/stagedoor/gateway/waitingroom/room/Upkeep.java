package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.Heard;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.Reply;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * What has to be done in Redis for a room to go on: let the next ones in, tell it what was heard
 * here, listen to what was heard elsewhere, and restore what it has lost: everything, when it came
 * back empty, or the newest writes, when another server took over. Whoever begins the new life of a
 * room admits nobody for a moment, in which every gateway says at each of its ticks who is inside
 * and who is over.
 */
public final class Upkeep {

    private static final int ENDS_AT_ONCE = 32;
    private static final int TICKS_PER_FAR_LADDER = 10;
    private static final int STRETCHES_AT_FIRST = 25;

    /** A channel that says less may hang on a server that is gone. */
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(3);

    private final RoomId id;
    private final LatestView latest;
    private final KnownTickets known;
    private final LineStore store;
    private final Recovery recovery;
    private final Batches<Ticket, Optional<Standing>> restores;
    private final AtomicLong ticks = new AtomicLong();

    /**
     * The last view of an epoch that all is told for, in which everybody was there: while a room
     * recovers, some have not come back yet. A newer one may be known already: an operator has
     * looked, or the tick that saw it has failed.
     */
    private final AtomicReference<@Nullable RoomView> former = new AtomicReference<>();

    /** The life of the room that was told all of the epoch before; none before the first tick. */
    private final AtomicReference<@Nullable Life> told = new AtomicReference<>();

    /** The life of the room in which there is nothing left to restore. */
    private final AtomicReference<@Nullable Life> settled = new AtomicReference<>();

    Upkeep(RoomId id, LatestView latest, KnownTickets known, LineStore store, Recovery recovery) {
        this.id = id;
        this.latest = latest;
        this.known = known;
        this.store = store;
        this.recovery = recovery;
        this.restores = new Batches<>(this::restored);
    }

    // ── a tick ──────────────────────────────────────────────────────────────────────────────────

    /** Lets the next ones in, if it is time, and brings the view up to date. */
    public Mono<RoomView> tick() {
        boolean isTime = ticks.getAndIncrement() % TICKS_PER_FAR_LADDER == 0;
        boolean withFarLadder = isTime || told.get() == null;
        return store.admit(withFarLadder)
                .flatMap(this::seenOrMade)
                .flatMap(this::tellOfTheEpochBefore)
                .doOnNext(this::hasTold)
                .doOnNext(view -> latest.redisIs(view.full() ? RedisState.FULL : RedisState.UP))
                .doOnError(LineUnavailable.class, why -> latest.redisIs(why.redis()))
                .onErrorResume(LineUnavailable.class, this::lookedAtAllTheSame)
                .flatMap(this::restoreAfterTick)
                .doOnError(_ -> latest.tellAgain());
    }

    private Mono<RoomView> seenOrMade(Reply reply) {
        if (!reply.isMissing()) {
            return Mono.just(show(reply));
        }
        return latest.isKnown()
                ? make().then(store.view(true).map(this::show))
                : Mono.error(new LineUnavailable(id + " was only heard of, and is not there"));
    }

    /**
     * Nobody goes in, but whoever waits is told so for as long as it takes. Not where replicas are
     * missing: others may keep the room.
     */
    private Mono<RoomView> lookedAtAllTheSame(LineUnavailable why) {
        return why.redis() == RedisState.SNAPSHOT_FAILED
                ? store.view(false)
                        .doOnNext(Reply::present)
                        .doOnNext(this::show)
                        .then(Mono.error(why))
                : Mono.error(why);
    }

    /** The room is not there: it is new, or Redis has lost it. */
    private Mono<Void> make() {
        Optional<RoomView> before = Optional.ofNullable(former.get());
        return store.seed(latest.settings(), recovery.window(before.isPresent()), before);
    }

    private RoomView show(Reply reply) {
        RoomView current = latest.show(reply);
        known.goesBy(current);
        return current;
    }

    // ── what was heard ──────────────────────────────────────────────────────────────────────────

    /** Tells Redis who has been heard of, and what it has not heard yet. */
    public Mono<Void> flush() {
        return Mono.defer(() -> tellSigns(known.signs().take()));
    }

    /** The same before this gateway goes: also of what may be told later. */
    public Mono<Void> flushAll() {
        known.signs().tellNextOnesAtOnce();
        return flush();
    }

    /** What is cut off goes on where it was, or those at the end would never be told of. */
    private Mono<Void> tellSigns(List<Sign> news) {
        AtomicInteger told = new AtomicInteger();
        Runnable keepOthers = () -> known.signs().keep(news.subList(told.get(), news.size()));
        return Flux.fromIterable(news)
                .buffer(Batches.MOST_IN_ONE_CALL)
                .concatMap(batch -> touch(batch).doOnSuccess(_ -> told.addAndGet(batch.size())))
                .doOnError(_ -> keepOthers.run())
                .doOnCancel(keepOthers)
                .then(tellEnds());
    }

    private Mono<Void> touch(List<Sign> batch) {
        return store.touch(batch, latest.life())
                .doOnNext(ends -> known.learn(batch, ends, latest.isRestoring()))
                .then();
    }

    /**
     * Ends that Redis has not heard of, or has forgotten. Told together they fail together: as
     * signals, or the second error would be in the log as one that nobody hears.
     */
    private Mono<Void> tellEnds() {
        return Flux.fromIterable(known.untoldEnds())
                .flatMap(end -> tell(end.getKey(), end.getValue()).materialize(), ENDS_AT_ONCE)
                .dematerialize()
                .then();
    }

    Mono<Boolean> tell(Ticket ticket, EndReason reason) {
        return store.end(ticket, reason).doOnNext(_ -> known.told(ticket, reason));
    }

    /** Drops who has been silent for too long, and notes who is there. */
    public Mono<Void> patrol() {
        return Mono.defer(store::patrol).then(Mono.defer(this::callTheRoll));
    }

    /** Hears of the room until its channel breaks, or says nothing where a tick is overdue. */
    public Mono<Void> listen() {
        return store.events()
                .doOnNext(known::hear)
                .timeout(overdue(), _ -> overdue())
                .onErrorMap(TimeoutException.class, _ -> new LineUnavailable("a silent channel"))
                .then();
    }

    private Mono<Long> overdue() {
        return Mono.defer(
                () ->
                        Mono.delay(
                                SHORTEST_SILENCE.plus(
                                        latest.settings().interval().multipliedBy(3))));
    }

    /**
     * A stretch of the line, and soon after the start all of it: a view names the first of them.
     */
    private Mono<Void> callTheRoll() {
        Heard heard = known.heard();
        RoomView last = latest.last();
        if (last == null || last.line().namesAll() || !isTold(last)) {
            return Mono.empty();
        }
        return Mono.defer(() -> store.callTheRoll(heard.calledTo(), latest.life()))
                .doOnNext(heard::of)
                .repeat(STRETCHES_AT_FIRST, () -> !heard.isThroughOnce())
                .onErrorResume(LineUnavailable.class, _ -> Mono.empty()) // that is the tick's
                .then();
    }

    /**
     * What was heard is of the room as the last tick has seen it, until that is told after a loss.
     */
    private boolean isTold(RoomView current) {
        RoomView last = former.get();
        return last != null && last.epoch() == current.epoch();
    }

    // ── what was lost ───────────────────────────────────────────────────────────────────────────

    /** At least once in every life of the room, and the last time after the moment is over. */
    private Mono<RoomView> restoreAfterTick(RoomView current) {
        return current.life().equals(settled.get())
                ? Mono.just(current)
                : tellLateEndsAgain()
                        .thenMany(Flux.fromIterable(known.allInside()))
                        .buffer(Batches.MOST_IN_ONE_CALL)
                        .concatMap(inside -> restore(inside, current))
                        .then(Mono.fromRunnable(() -> settle(current)))
                        .thenReturn(current);
    }

    private void settle(RoomView current) {
        if (!current.restoring()) {
            settled.set(current.life());
        }
    }

    /** A ticket of before a loss; somebody inside stays there whether Redis answers or not. */
    Mono<Void> restoreIfLost(Ticket ticket) {
        return Mono.justOrEmpty(latest.last())
                .filter(current -> known.mayBeLost(ticket, current))
                .flatMap(
                        current ->
                                restore(ticket, current)
                                        .onErrorComplete(
                                                away ->
                                                        away instanceof LineUnavailable
                                                                && isInside(ticket, current)))
                .then();
    }

    /** A ticket that is shown, and that Redis may know nothing of. */
    Mono<Standing> restore(Ticket ticket, RoomView current) {
        return restores.ask(ticket, current.life())
                .flatMap(Mono::justOrEmpty)
                .switchIfEmpty(Mono.error(() -> new LineUnavailable("not told yet")))
                .doOnNext(_ -> known.restored(ticket, current.life()))
                .doOnNext(standing -> learn(ticket, standing, current));
    }

    /** Of many at once: after a loss everybody comes with such a ticket. */
    private Mono<List<Optional<Standing>>> restored(List<Ticket> tickets, Life life) {
        Instant now = latest.seen().now();
        List<Restorable> lost = tickets.stream().map(it -> known.restorable(it, now)).toList();
        return store.restore(lost, life)
                .zipWhen(_ -> store.check(tickets, life), Upkeep::standings);
    }

    private static List<Optional<Standing>> standings(
            List<Optional<Standing>> restored, List<Standing> checked) {
        return IntStream.range(0, checked.size())
                .mapToObj(i -> restored.get(i).map(_ -> checked.get(i)))
                .toList();
    }

    private Mono<Void> tellLateEndsAgain() {
        return Mono.defer(
                () -> {
                    known.forgetWhatWasToldLately();
                    return tellEnds();
                });
    }

    private Mono<Void> restore(List<Restorable> inside, RoomView current) {
        return store.restore(inside, current.life())
                .doOnNext(
                        standings -> {
                            for (int i = 0; i < inside.size(); i++) {
                                Ticket ticket = inside.get(i).ticket();
                                standings.get(i).ifPresent(it -> found(ticket, it, current));
                            }
                        })
                .then();
    }

    /** Of whoever is over, Redis has not been asked why; another gateway may yet vouch for them. */
    private void found(Ticket ticket, Standing standing, RoomView current) {
        if (standing instanceof Standing.Ended) {
            known.gone(ticket);
        } else {
            learn(ticket, standing, current);
        }
    }

    /**
     * Whoever was inside and finds no room is so all the same as long as ends may still be told
     * that make room.
     */
    private void learn(Ticket ticket, Standing standing, RoomView current) {
        boolean mayYetFindRoom = standing instanceof Standing.Waiting && current.restoring();
        if (!mayYetFindRoom || !isInside(ticket, current)) {
            known.remember(ticket, standing);
        }
    }

    private boolean isInside(Ticket ticket, RoomView current) {
        return known.inside(ticket, current.now()) != null;
    }

    /** Whoever has made the room may have known less of it, or nothing. */
    private Mono<RoomView> tellOfTheEpochBefore(RoomView current) {
        RoomView before = former.get();
        return before == null
                        || before.epoch() >= current.epoch()
                        || current.life().equals(told.get())
                ? Mono.just(current)
                : store.seed(current.settings(), recovery.window(true), Optional.of(before))
                        .then(tellHeard(before, current))
                        .thenReturn(current);
    }

    private void hasTold(RoomView current) {
        told.set(current.life());
        if (!current.recovering()) {
            RoomView before = former.getAndSet(current);
            if (before != null && before.epoch() < current.epoch()) {
                known.hearAnew();
            }
        }
    }

    private Mono<Void> tellHeard(RoomView before, RoomView current) {
        Heard heard = known.heard();
        Map<Long, String> pages = heard.behind(before.line().dense(), current.firstSequence());
        return store.tellHeard(pages, heard.until());
    }
}
