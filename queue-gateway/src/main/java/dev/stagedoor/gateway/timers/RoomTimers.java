package dev.stagedoor.gateway.timers;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.Running;
import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.meters.GatewayMeters.RoomGauge;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Owns every timer of the line. Each room ticks by itself, one tick at a time; any number of
 * gateways may tick the same room, the script sees to it that it counts once.
 */
public final class RoomTimers extends Running {

    private static final Logger LOG = LoggerFactory.getLogger(RoomTimers.class);

    private static final Duration FLUSH_EVERY = Duration.ofSeconds(1);
    private static final Duration PATROL_EVERY = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(250);

    /** A gateway starts without Redis too. */
    private static final Duration LONGEST_START = Duration.ofSeconds(2);

    /** Every call to Redis ends sooner by itself; but nobody else starts a room again. */
    private static final Duration LONGEST_WORK = Duration.ofSeconds(30);

    private final Rooms rooms;
    private final Timings timings;
    private final GatewayMeters meters;
    private final Set<RoomId> attended = ConcurrentHashMap.newKeySet();

    /** What fails is tried again several times a second. */
    private final NowAndThen stacks = new NowAndThen();

    private Disposable.Composite timers = Disposables.composite();

    public RoomTimers(Rooms rooms, Timings timings, GatewayMeters meters) {
        this.rooms = rooms;
        this.timings = timings;
        this.meters = meters;
    }

    /** From before the port is open until after it is closed. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1;
    }

    /** Whoever comes first finds a line that can answer, if Redis is there. */
    @Override
    public void start() {
        super.start();
        timers = Disposables.composite();
        CompletableFuture<Void> seen = firstViews().toFuture();
        attendAll();
        timers.add(
                every(
                        timings.exchangeEvery(),
                        "exchange",
                        rooms.exchange().then(Mono.fromRunnable(this::attendAll))));
        seen.completeOnTimeout(null, LONGEST_START.toMillis(), TimeUnit.MILLISECONDS).join();
    }

    @Override
    public void stop() {
        stop(() -> {});
    }

    /** What was heard is told before Redis is let go. */
    @Override
    public void stop(Runnable done) {
        super.stop();
        timers.dispose();
        attended.clear();
        Collection<Room> all = rooms.all();
        Flux.fromIterable(all)
                .flatMap(
                        room ->
                                room.upkeep()
                                        .flushAll()
                                        .onErrorResume(e -> goOn(room.id() + " flush", e)),
                        all.size())
                .doFinally(_ -> done.run())
                .subscribe();
    }

    /** Also of rooms that no property names: until then another one guards what is theirs. */
    private Mono<Void> firstViews() {
        Flux<Room> others =
                rooms.exchange()
                        .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, AFTER_FAILURE))
                        .take(LONGEST_START)
                        .doOnNext(_ -> attendAll());
        return Flux.fromIterable(rooms.all())
                .concatWith(others)
                .flatMap(room -> room.views().next(), Integer.MAX_VALUE)
                .then();
    }

    /** Also those that an operator has made here meanwhile. */
    private void attendAll() {
        rooms.all().stream().filter(room -> attended.add(room.id())).forEach(this::attend);
    }

    private void attend(Room room) {
        watch(room);
        timers.add(ticking(room));
        timers.add(every(FLUSH_EVERY, room.id() + " flush", room.upkeep().flush()));
        timers.add(every(PATROL_EVERY, room.id() + " patrol", room.upkeep().patrol()));
        timers.add(listening(room));
    }

    private void watch(Room room) {
        meters.mayFailOpen(room.id().name());
        watch(room, RoomGauge.WAITING, RoomView::waiting);
        watch(room, RoomGauge.ACTIVE, RoomView::active);
        watch(room, RoomGauge.CAPACITY, view -> view.settings().capacity());
        watch(room, RoomGauge.ADMITTED_LAST_MINUTE, RoomView::admittedLastMinute);
        watch(room, RoomGauge.LETS_IN, view -> view.notice().isEmpty() ? 1 : 0);
        watch(room, RoomGauge.OLDEST_WAIT, RoomTimers::oldestWait);
        watch(room, RoomGauge.CLOCK_AHEAD, RoomTimers::clockAhead);
        for (RedisState state : EnumSet.complementOf(EnumSet.of(RedisState.UP))) {
            meters.watchTrouble(room.id().name(), state.word(), () -> room.redis() == state);
        }
    }

    private void watch(Room room, RoomGauge gauge, Function<RoomView, Number> value) {
        meters.watch(room.id().name(), gauge, () -> room.view().map(value).orElse(Double.NaN));
    }

    private static Number oldestWait(RoomView view) {
        return view.line()
                .firstWaitsSince()
                .map(since -> since.until(view.now()).toSeconds())
                .orElse(0L);
    }

    /** That of Redis, of this machine's. */
    private static Number clockAhead(RoomView view) {
        return Duration.between(Instant.now(), view.now()).toMillis() / 1000.0;
    }

    /**
     * The interval can change at any time, so each tick decides when the next one is, at a ms after
     * it is due. However far that is, the view that people are answered from must not grow old.
     */
    private Disposable ticking(Room room) {
        String name = room.id().name();
        return ending(room.upkeep()::tick)
                .doOnNext(_ -> meters.ticked(name, "done"))
                .doOnError(error -> meters.ticked(name, failure(error)))
                .map(
                        view ->
                                Collections.min(
                                        List.of(view.untilNextTick().plusMillis(1), LONGEST_PAUSE)))
                .onErrorResume(error -> goOn(name + " tick", error))
                .defaultIfEmpty(AFTER_FAILURE)
                .flatMap(pause -> Mono.delay(pause, Schedulers.parallel()))
                .repeat()
                .subscribe();
    }

    private static String failure(Throwable error) {
        return error instanceof LineUnavailable ? "unavailable" : "failed";
    }

    private Disposable listening(Room room) {
        return Mono.defer(room.upkeep()::listen)
                .onErrorResume(error -> goOn(room.id() + " channel", error))
                .then(Mono.delay(AFTER_FAILURE))
                .repeat()
                .subscribe();
    }

    private Disposable every(Duration period, String what, Mono<Void> work) {
        return Flux.interval(period)
                .onBackpressureDrop()
                .concatMap(_ -> ending(() -> work).onErrorResume(error -> goOn(what, error)), 0)
                .subscribe();
    }

    private static <T> Mono<T> ending(Supplier<Mono<T>> work) {
        return Mono.defer(work).timeout(LONGEST_WORK);
    }

    /**
     * Nothing ends a timer but its stop. An outage is told once by whoever sees it, not here every
     * time.
     */
    private <T> Mono<T> goOn(String what, Throwable error) {
        if (error instanceof LineUnavailable) {
            LOG.debug("{}: {}", what, error.getMessage());
        } else {
            LOG.atError()
                    .setCause(stacks.isTime() ? error : null)
                    .log("{} failed: {}", what, error.toString());
        }
        return Mono.empty();
    }
}
