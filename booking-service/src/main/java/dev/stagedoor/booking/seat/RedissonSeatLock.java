package dev.stagedoor.booking.seat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
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
 * its lease at the latest, taken in ascending order; before them one for the request itself, if it
 * carries a key, {@code booking:key:<user>/<key>}, so that its twin elsewhere hears the truth.
 *
 * <p>The owner is a number drawn for each attempt. It must not be a thread: on an event loop two
 * requests have the same one, and the lock, being re-entrant, would let both in.
 *
 * <p>Before Redis is asked at all, {@link SeatsInHand} turns away whoever wants a seat that this
 * very instance is working on: of a thousand who want one seat, one goes to Redis.
 *
 * <p>When Redis fails, the work is done without the lock.
 */
@Component
final class RedissonSeatLock implements SeatLock {

    private static final String SEAT = "booking:seat:";
    private static final String TWINS = "booking:key:";
    private static final Duration COME_BACK = Duration.ofSeconds(1);

    /** Redisson keeps the timeout itself, unless its own file says otherwise. */
    private static final Duration A_MOMENT = Duration.ofMillis(200);

    private final RedisLink redis;
    private final LockSettings settings;
    private final SeatsInHand inHand = new SeatsInHand();
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
    public <T> Mono<T> holding(
            ScheduleId schedule, SortedSet<Integer> seats, @Nullable String twins, Mono<T> work) {
        if (!settings.enabled()) {
            return unlocked(work);
        }
        List<String> names = new ArrayList<>();
        if (twins != null) {
            names.add(TWINS + twins);
        }
        seats.forEach(seat -> names.add(SEAT + schedule + ":" + seat));
        return guarded(names, work);
    }

    private <T> Mono<T> guarded(List<String> names, Mono<T> work) {
        return Mono.using(
                () -> inHand.take(names),
                ours -> ours ? shared(names, work) : refused(ProblemCode.SEAT_CONTENDED),
                ours -> inHand.giveBack(ours ? names : List.of()));
    }

    private <T> Mono<T> shared(List<String> names, Mono<T> work) {
        return usable() ? locked(names, work) : unlocked(work);
    }

    private <T> Mono<T> locked(List<String> names, Mono<T> work) {
        return Mono.usingWhen(grip(names), grip -> within(grip, work), this::letGo);
    }

    private <T> Mono<T> within(Grip grip, Mono<T> work) {
        return switch (grip.state) {
            case COMPLETE -> counted(taken, work);
            case CONTENDED -> refused(ProblemCode.SEAT_CONTENDED);
            case TWIN -> refused(ProblemCode.IDEMPOTENCY_IN_PROGRESS);
            case BROKEN -> unlocked(work);
        };
    }

    private <T> Mono<T> refused(ProblemCode code) {
        return counted(contended, Refusal.because(Problem.of(code).retryAfter(COME_BACK)));
    }

    private <T> Mono<T> unlocked(Mono<T> work) {
        return counted(skipped, work);
    }

    private Mono<Grip> grip(List<String> names) {
        return Mono.fromSupplier(() -> new Grip(redis.client().orElseThrow()))
                .flatMap(
                        grip ->
                                Flux.fromIterable(names)
                                        .concatMap(name -> tryLock(grip, name), 1)
                                        .takeWhile(state -> state == State.COMPLETE)
                                        .then(Mono.just(grip)));
    }

    private Mono<State> tryLock(Grip grip, String name) {
        return grip.client
                .getLock(name)
                .tryLock(0, settings.lease().toMillis(), TimeUnit.MILLISECONDS, grip.owner)
                .timeout(settings.timeout().plus(A_MOMENT))
                .map(won -> grip.add(name, won))
                .onErrorResume(error -> Mono.fromSupplier(() -> broken(grip, error)));
    }

    private State broken(Grip grip, Throwable error) {
        redis.away(error);
        pausedUntil = System.nanoTime() + settings.pause().toNanos();
        grip.state = State.BROKEN;
        return State.BROKEN;
    }

    /**
     * The key at last: whoever has got it must not find the seat still in the hands of its twin.
     */
    private Mono<Void> letGo(Grip grip) {
        return Flux.fromIterable(grip.locks.reversed())
                .concatMap(name -> unlock(grip, name), 1)
                .then();
    }

    /** A lock that cannot be given back ends with its lease. */
    private Mono<Void> unlock(Grip grip, String name) {
        return grip.client
                .getLock(name)
                .unlock(grip.owner)
                .timeout(settings.timeout().plus(A_MOMENT))
                .doOnError(_ -> lost.increment())
                .onErrorComplete();
    }

    private boolean usable() {
        return System.nanoTime() - pausedUntil >= 0 && redis.client().isPresent();
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
        TWIN,
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
                state = name.startsWith(TWINS) ? State.TWIN : State.CONTENDED;
            }
            return state;
        }
    }
}
