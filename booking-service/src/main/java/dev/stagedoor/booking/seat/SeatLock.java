package dev.stagedoor.booking.seat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.DatabaseLimits;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.common.operators.Guesses;
import dev.stagedoor.common.operators.Guesses.Guesser;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonReactiveClient;
import org.redisson.client.codec.StringCodec;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Keeps a crowd away from one seat while somebody is claiming it: one Redisson lock per seat,
 * {@code booking:seat:<schedule>:<number>}: never waited for, ended by its lease at the latest,
 * taken in ascending order.
 *
 * <p>The owner is a number drawn for each attempt, or made of the key that a request carries, by
 * which its twin on another instance knows whom it has met. It must not be a thread: on an event
 * loop two requests have the same one, and the lock, being re-entrant, would let both in.
 *
 * <p>Before Redis is asked at all, whoever wants a seat that this very instance is working on is
 * turned away: of a thousand who want one seat, one goes to Redis. Whoever has just been refused
 * claims nothing, for longer each time, or some together could keep seats from others that they
 * cannot have.
 *
 * <p>When Redis fails, the work is done without the lock.
 */
@Component
public final class SeatLock {

    private static final String SEAT = "booking:seat:";
    private static final int FREE_REFUSALS = 1;

    /** Redisson keeps the timeout itself, unless its own file says otherwise. */
    private static final Duration A_MOMENT = Duration.ofMillis(200);

    private final RedisLink redis;
    private final LockSettings settings;

    /** The seats that this instance is claiming at this moment, and for whom. */
    private final Map<String, UserId> inHand = new ConcurrentHashMap<>();

    /** Who was refused of late: they may try again, but keep no seat from anybody. */
    private final Guesses refused;

    private final Counter taken;
    private final Counter contended;
    private final Counter skipped;
    private final Counter lost;
    private volatile long pausedUntil = System.nanoTime();

    SeatLock(
            RedisLink redis,
            LockSettings settings,
            DatabaseLimits database,
            ObjectProvider<InstantSource> clocks,
            MeterRegistry meters) {
        if (settings.enabled() && settings.lease().compareTo(database.statementTimeout()) < 0) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.lock.lease must not be shorter than"
                            + " stagedoor.booking.database.statement-timeout: "
                            + settings.lease());
        }
        this.redis = redis;
        this.settings = settings;
        this.refused = new Guesses(clocks.getIfAvailable(Guesses::steadyClock), FREE_REFUSALS);
        this.taken = counter(meters, "taken");
        this.contended = counter(meters, "contended");
        this.skipped = counter(meters, "skipped");
        this.lost = counter(meters, "not-released");
    }

    /**
     * Does the work while holding the seats, or refuses at once with {@code seat-contended}.
     *
     * @param twins shared by requests that are one and the same, sent twice: the second of them is
     *     refused with {@code idempotency-in-progress}; null if there can be none
     */
    public <T> Mono<T> holding(
            ScheduleId schedule,
            SortedSet<Integer> seats,
            UserId user,
            @Nullable String twins,
            Mono<T> work) {
        if (!settings.enabled()) {
            return work;
        }
        Guesser claimant = Guesser.anywhere(user.toString());
        Mono<T> noted = work.doOnError(Refusal.class, _ -> refused.wrong(claimant));
        return Mono.defer(
                () ->
                        refused.mustWait(claimant).isEmpty()
                                ? claiming(names(schedule, seats), user, twins, noted)
                                : areInHand(schedule, seats, user)
                                        ? refused(ProblemCode.SEAT_CONTENDED)
                                        : noted);
    }

    private <T> Mono<T> claiming(
            List<String> names, UserId user, @Nullable String twins, Mono<T> work) {
        return Mono.using(
                () -> take(names, user),
                ours -> ours ? shared(names, twins, work) : refused(ProblemCode.SEAT_CONTENDED),
                ours -> giveBack(ours ? names : List.of()));
    }

    /**
     * Whether some of them are being claimed for somebody else, here, at this moment. Who meets a
     * claim of their own may be their own twin.
     *
     * @param user null for nobody
     */
    public boolean areInHand(ScheduleId schedule, SortedSet<Integer> seats, @Nullable UserId user) {
        return names(schedule, seats).stream()
                .map(inHand::get)
                .anyMatch(it -> it != null && !it.equals(user));
    }

    /** All of them, or none if somebody has one of them. */
    private boolean take(List<String> names, UserId user) {
        for (int taken = 0; taken < names.size(); taken++) {
            if (inHand.putIfAbsent(names.get(taken), user) != null) {
                giveBack(names.subList(0, taken));
                return false;
            }
        }
        return true;
    }

    private void giveBack(List<String> names) {
        names.forEach(inHand::remove);
    }

    /** What whoever wants them is told, and counted for. */
    public Problem contended() {
        contended.increment();
        return refusal(ProblemCode.SEAT_CONTENDED);
    }

    private static List<String> names(ScheduleId schedule, SortedSet<Integer> seats) {
        return seats.stream().map(seat -> SEAT + schedule + ":" + seat).toList();
    }

    private <T> Mono<T> shared(List<String> names, @Nullable String twins, Mono<T> work) {
        if (!settings.redis()) {
            return work;
        }
        return usable()
                ? Mono.usingWhen(grip(names, twins), grip -> within(grip, work), this::letGo)
                : unlocked(work);
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
        return counted(contended, Refusal.because(refusal(code)));
    }

    private static Problem refusal(ProblemCode code) {
        return Problem.of(code).retryAfter(Problem.SOON);
    }

    private <T> Mono<T> unlocked(Mono<T> work) {
        return counted(skipped, work);
    }

    private Mono<Grip> grip(List<String> names, @Nullable String twins) {
        return Mono.fromSupplier(() -> new Grip(redis.client().orElseThrow(), twins))
                .flatMap(
                        grip ->
                                Flux.fromIterable(names)
                                        .concatMap(name -> lock(grip, name), 1)
                                        .takeWhile(state -> state == State.COMPLETE)
                                        .then(Mono.just(grip)));
    }

    private Mono<State> lock(Grip grip, String name) {
        return inTime(tryLock(grip, name))
                .doOnNext(state -> grip.state = state)
                .onErrorResume(error -> Mono.fromSupplier(() -> broken(grip, name, error)));
    }

    /** Left to Reactor, each call would describe beforehand what may be waited for too long. */
    private <T> Mono<T> inTime(Mono<T> call) {
        return call.timeout(
                settings.timeout().plus(A_MOMENT),
                Mono.error(() -> new TimeoutException("no answer of Redis")));
    }

    private Mono<State> tryLock(Grip grip, String name) {
        return grip.client
                .getLock(name)
                .tryLock(0, settings.lease().toMillis(), TimeUnit.MILLISECONDS, grip.owner)
                .flatMap(won -> won ? Mono.just(grip.add(name)) : lost(grip, name));
    }

    /** Whoever meets its twin is told so; one that has just gone has left an answer to be found. */
    private Mono<State> lost(Grip grip, String name) {
        return grip.client
                .<String, String>getMap(name, StringCodec.INSTANCE)
                .readAllKeySet()
                .flatMap(
                        owners ->
                                owners.isEmpty()
                                        ? tryLock(grip, name)
                                        : Mono.just(grip.hasMet(owners)));
    }

    /** Redis may give it later all the same: it is let go of with what there is. */
    private State broken(Grip grip, String name, Throwable error) {
        away(error);
        grip.add(name);
        grip.state = State.BROKEN;
        return State.BROKEN;
    }

    private void away(Throwable error) {
        redis.away(error);
        pausedUntil = System.nanoTime() + settings.pause().toNanos();
    }

    /** All at once: what was done is not told before, and Redis may be away by now. */
    private Mono<Void> letGo(Grip grip) {
        return Mono.when(grip.locks.stream().map(name -> unlock(grip, name)).toList());
    }

    /** A lock that cannot be given back ends with its lease. */
    private Mono<Void> unlock(Grip grip, String name) {
        return inTime(grip.client.getLock(name).unlock(grip.owner))
                .doOnError(_ -> lost.increment())
                .doOnError(error -> !isOver(error), this::away)
                .onErrorComplete();
    }

    /** The lease was: Redis has answered. */
    private static boolean isOver(Throwable error) {
        return error instanceof IllegalMonitorStateException;
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
        final long owner;
        final List<String> locks = new ArrayList<>();
        State state = State.COMPLETE;

        Grip(RedissonReactiveClient client, @Nullable String twins) {
            this.client = client;
            this.owner =
                    twins == null
                            ? ThreadLocalRandom.current().nextLong()
                            : UUID.nameUUIDFromBytes(twins.getBytes(StandardCharsets.UTF_8))
                                    .getLeastSignificantBits();
        }

        State add(String name) {
            locks.add(name);
            return State.COMPLETE;
        }

        /**
         * @param owners as Redisson names them, {@code <instance>:<owner>}
         */
        State hasMet(Set<String> owners) {
            return owners.stream().anyMatch(it -> it.endsWith(":" + owner))
                    ? State.TWIN
                    : State.CONTENDED;
        }
    }
}
