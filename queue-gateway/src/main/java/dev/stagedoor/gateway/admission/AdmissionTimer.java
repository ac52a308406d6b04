package dev.stagedoor.gateway.admission;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Room;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Rooms;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Owns every timer of the line. Each room ticks by itself, one tick at a time; any number of
 * gateways may tick the same room, the script sees to it that it counts once.
 */
public final class AdmissionTimer implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(AdmissionTimer.class);

    private static final Duration EXCHANGE_EVERY = Duration.ofSeconds(2);
    private static final Duration FLUSH_EVERY = Duration.ofSeconds(1);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(250);

    private final Rooms rooms;
    private final GatewayMeters meters;
    private final Disposable.Composite timers = Disposables.composite();
    private final Set<RoomId> attended = ConcurrentHashMap.newKeySet();
    private volatile boolean running;

    public AdmissionTimer(Rooms rooms, GatewayMeters meters) {
        this.rooms = rooms;
        this.meters = meters;
    }

    @Override
    public void start() {
        running = true;
        attendAll();
        timers.add(
                every(
                        EXCHANGE_EVERY,
                        "exchange",
                        rooms.exchange().then(Mono.fromRunnable(this::attendAll))));
    }

    @Override
    public void stop() {
        running = false;
        timers.dispose();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Also those that an operator has made here meanwhile. */
    private void attendAll() {
        rooms.all().stream().filter(room -> attended.add(room.id())).forEach(this::attend);
    }

    private void attend(Room room) {
        meters.watch(room.id().name(), () -> waiting(room), () -> active(room));
        timers.add(ticking(room));
        timers.add(every(FLUSH_EVERY, "flush", room.flush()));
        timers.add(listening(room));
    }

    private static long waiting(Room room) {
        return room.view().map(RoomView::waiting).orElse(0L);
    }

    private static long active(Room room) {
        return room.view().map(RoomView::active).orElse(0L);
    }

    /** The interval can change at any time, so each tick decides when the next one is. */
    private Disposable ticking(Room room) {
        return Mono.defer(room::tick)
                .map(view -> view.settings().interval())
                .onErrorResume(error -> goOn(room.id() + " tick", error).thenReturn(AFTER_FAILURE))
                .flatMap(pause -> Mono.delay(pause, Schedulers.parallel()))
                .repeat()
                .subscribe();
    }

    private Disposable listening(Room room) {
        return Mono.defer(room::listen)
                .onErrorResume(error -> goOn(room.id() + " channel", error))
                .then(Mono.delay(AFTER_FAILURE))
                .repeat()
                .subscribe();
    }

    private static Disposable every(Duration period, String what, Mono<Void> work) {
        return Flux.interval(period)
                .onBackpressureDrop()
                .concatMap(_ -> Mono.defer(() -> work).onErrorResume(error -> goOn(what, error)), 0)
                .subscribe();
    }

    /**
     * Nothing ends a timer but its stop. An outage is told once by whoever sees it, not here every
     * time.
     */
    private static <T> Mono<T> goOn(String what, Throwable error) {
        if (error instanceof LineUnavailable) {
            LOG.debug("{}: {}", what, error.getMessage());
        } else {
            LOG.error("{} failed", what, error);
        }
        return Mono.empty();
    }
}
