package dev.stagedoor.booking.seat;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.redisson.api.RedissonReactiveClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One Redisson lock per seat, {@code booking:seat:<schedule>:<number>}: never waited for, ended by
 * its lease at the latest, taken in ascending order.
 *
 * <p>The owner is a number drawn for each attempt. It must not be a thread: on an event loop two
 * requests have the same one, and the lock, being re-entrant, would let both in.
 *
 * <p>When Redis fails, the work is done without the lock.
 */
@Component
final class RedissonSeatLock implements SeatLock {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final RedisLink redis;
    private final LockSettings settings;
    private final Counter taken;
    private final Counter contended;
    private final Counter skipped;
    private final Counter lost;
    private volatile long pausedUntil = System.nanoTime();

    RedissonSeatLock(RedisLink redis, LockSettings settings, MeterRegistry meters) {
        this.redis = redis;
        this.settings = settings;
        this.taken = counter(meters, "taken");
        this.contended = counter(meters, "contended");
        this.skipped = counter(meters, "skipped");
        this.lost = counter(meters, "not-released");
    }

    @Override
    public <T> Mono<T> holding(ScheduleId schedule, SortedSet<Integer> seats, Mono<T> work) {
        return Mono.defer(() -> usable() ? locked(schedule, seats, work) : unlocked(work));
    }

    private <T> Mono<T> locked(ScheduleId schedule, SortedSet<Integer> seats, Mono<T> work) {
        return Mono.usingWhen(grip(schedule, seats), grip -> within(grip, work), this::letGo);
    }

    private <T> Mono<T> within(Grip grip, Mono<T> work) {
        return switch (grip.state) {
            case COMPLETE -> counted(taken, work);
            case CONTENDED ->
                    counted(
                            contended,
                            Refusal.because(
                                    Problem.of(ProblemCode.SEAT_CONTENDED).retryAfter(COME_BACK)));
            case BROKEN -> unlocked(work);
        };
    }

    private <T> Mono<T> unlocked(Mono<T> work) {
        return counted(skipped, work);
    }

    private Mono<Grip> grip(ScheduleId schedule, SortedSet<Integer> seats) {
        return Mono.fromSupplier(() -> new Grip(redis.client().orElseThrow()))
                .flatMap(
                        grip ->
                                Flux.fromIterable(seats)
                                        .map(seat -> name(schedule, seat))
                                        .concatMap(name -> tryLock(grip, name), 1)
                                        .takeWhile(state -> state == State.COMPLETE)
                                        .then(Mono.just(grip)));
    }

    private Mono<State> tryLock(Grip grip, String name) {
        return grip.client
                .getLock(name)
                .tryLock(0, settings.lease().toMillis(), TimeUnit.MILLISECONDS, grip.owner)
                .map(won -> grip.add(name, won))
                .onErrorResume(error -> Mono.fromSupplier(() -> broken(grip)));
    }

    private State broken(Grip grip) {
        pausedUntil = System.nanoTime() + settings.pause().toNanos();
        grip.state = State.BROKEN;
        return State.BROKEN;
    }

    private Mono<Void> letGo(Grip grip) {
        return Flux.fromIterable(grip.locks).concatMap(name -> unlock(grip, name), 1).then();
    }

    /** A lock that cannot be given back ends with its lease. */
    private Mono<Void> unlock(Grip grip, String name) {
        return grip.client
                .getLock(name)
                .unlock(grip.owner)
                .doOnError(_ -> lost.increment())
                .onErrorComplete();
    }

    private boolean usable() {
        return System.nanoTime() - pausedUntil >= 0 && redis.client().isPresent();
    }

    private static String name(ScheduleId schedule, int seat) {
        return "booking:seat:" + schedule + ":" + seat;
    }

    private static <T> Mono<T> counted(Counter counter, Mono<T> work) {
        return work.doFirst(counter::increment);
    }

    private static Counter counter(MeterRegistry meters, String outcome) {
        return Counter.builder("stagedoor.booking.seat.lock")
                .description("Attempts to lock the seats of one reservation")
                .tag("outcome", outcome)
                .register(meters);
    }

    private enum State {
        COMPLETE,
        CONTENDED,
        BROKEN
    }

    /** What one attempt has got hold of so far. */
    private static final class Grip {
        final RedissonReactiveClient client;
        final long owner = ThreadLocalRandom.current().nextLong();
        final List<String> locks = new ArrayList<>();
        State state = State.COMPLETE;

        Grip(RedissonReactiveClient client) {
            this.client = client;
        }

        State add(String name, boolean won) {
            if (won) {
                locks.add(name);
            } else {
                state = State.CONTENDED;
            }
            return state;
        }
    }
}
