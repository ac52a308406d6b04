package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.known.Heard;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.Replies.Reply;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What has to be done over and over for a room to go on: let the next ones in, tell Redis what was
 * heard here, and listen to what was heard elsewhere.
 */
final class Ticking {

    private static final int MOST_IN_ONE_CALL = 500;
    private static final int TICKS_PER_FAR_LADDER = 10;
    private static final int STRETCHES_AT_FIRST = 25;

    /** A channel that says less may hang on a server that is gone. */
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(3);

    private final RoomId id;
    private final boolean configured;
    private final LatestView latest;
    private final KnownTickets known;
    private final LineStore store;
    private final Restoring restoring;
    private final Recovery recovery;
    private final AtomicLong ticks = new AtomicLong();

    /**
     * @param configured whether the room is to be made if it is missing
     */
    Ticking(
            RoomId id,
            boolean configured,
            LatestView latest,
            KnownTickets known,
            LineStore store,
            Restoring restoring,
            Recovery recovery) {
        this.id = id;
        this.configured = configured;
        this.latest = latest;
        this.known = known;
        this.store = store;
        this.restoring = restoring;
        this.recovery = recovery;
    }

    Mono<RoomView> tick() {
        Optional<RoomView> former = latest.last();
        boolean withFarLadder = ticks.getAndIncrement() % TICKS_PER_FAR_LADDER == 0;
        return store.admit(withFarLadder)
                .flatMap(this::seenOrMade)
                .flatMap(current -> tellOfTheEpochBefore(former, current))
                .doOnNext(view -> latest.redisIs(view.full() ? RedisState.FULL : RedisState.UP))
                .doOnError(LineUnavailable.class, why -> latest.redisIs(why.redis()))
                .flatMap(restoring::afterTick)
                .doOnError(_ -> latest.tellAgain());
    }

    Mono<Void> flush() {
        return Mono.defer(() -> tell(known.takeSigns()));
    }

    /** Drops who has been silent for too long, and notes who is there. */
    Mono<Void> patrol() {
        return Mono.defer(store::patrol).then(Mono.defer(this::callTheRoll));
    }

    Mono<Void> listen() {
        return store.events()
                .doOnNext(known::hear)
                .timeout(overdue(), _ -> overdue())
                .onErrorMap(TimeoutException.class, _ -> new LineUnavailable("a silent channel"))
                .then();
    }

    boolean isKnown() {
        return configured || latest.last().isPresent();
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
        if (latest.last().map(RoomView::namesAll).orElse(true)) {
            return Mono.empty();
        }
        return Mono.defer(() -> store.callTheRoll(heard.calledTo(), latest.life()))
                .doOnNext(heard::of)
                .repeat(STRETCHES_AT_FIRST, () -> !heard.isThroughOnce())
                .onErrorResume(LineUnavailable.class, _ -> Mono.empty()) // that is the tick's
                .then();
    }

    private Mono<Void> tell(List<Sign> news) {
        return Flux.fromIterable(news)
                .buffer(MOST_IN_ONE_CALL)
                .concatMap(this::touch)
                .doOnError(_ -> known.keepSigns(news))
                .doOnCancel(() -> known.keepSigns(news))
                .then(restoring.tellEnds());
    }

    private Mono<Void> touch(List<Sign> batch) {
        return store.touch(batch, latest.life())
                .doOnNext(ends -> known.learn(batch, ends, latest.isRestoring()))
                .then();
    }

    private Mono<RoomView> seenOrMade(Reply reply) {
        if (!reply.isMissing()) {
            return Mono.just(show(reply));
        }
        return isKnown()
                ? make().then(refresh())
                : Mono.error(new LineUnavailable(id + " was only heard of, and is not there"));
    }

    private Mono<RoomView> refresh() {
        return store.view(true).map(this::show);
    }

    /** The room is not there: it is new, or Redis has lost it. */
    private Mono<Long> make() {
        Optional<RoomView> former = latest.last();
        return store.seed(latest.settings(), recovery.window(former.isPresent()), former);
    }

    /** Whoever has made the room may have known less of it, or nothing. */
    private Mono<RoomView> tellOfTheEpochBefore(Optional<RoomView> former, RoomView current) {
        return former.filter(view -> view.epoch() < current.epoch())
                .map(
                        view ->
                                store.seed(current.settings(), recovery.window(true), former)
                                        .then(tellHeard(view, current))
                                        .thenReturn(current))
                .orElse(Mono.just(current));
    }

    private Mono<Void> tellHeard(RoomView former, RoomView current) {
        Heard heard = known.heard();
        Map<Long, String> pages = heard.behind(former.dense(), current.firstSequence());
        return store.tellHeard(pages, heard.until()).doOnSuccess(_ -> known.hearAnew());
    }

    private RoomView show(Reply reply) {
        RoomView current = latest.show(reply);
        known.forgetVerdictsUntil(current.now());
        return current;
    }
}
