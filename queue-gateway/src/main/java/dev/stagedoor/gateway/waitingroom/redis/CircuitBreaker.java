package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Keeps an outage of Redis from costing everybody a timeout: after a call has failed, the next ones
 * fail at once for a moment, and one now and then finds out whether Redis is back.
 */
public final class CircuitBreaker {

    private static final Logger LOG = LoggerFactory.getLogger(CircuitBreaker.class);

    private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();
    private static final long NONE = 0;
    private static final Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE);

    /** When the next call may try, {@link System#nanoTime}; {@link #NONE} while all is well. */
    private final AtomicLong tryAgainAt = new AtomicLong(NONE);

    private final String what;
    private final Duration deadline;
    private final Mono<Void> connected;

    private final Map<RedisState, NowAndThen> complaints = new ConcurrentHashMap<>();

    /** To tell of an outage. */
    private final BooleanSupplier isTime;

    /** Whether the log says that Redis does not answer, and not yet that it does. */
    private final AtomicBoolean told = new AtomicBoolean();

    /**
     * @param what lies in Redis there: the shards of a cluster go away one by one
     * @param deadline for every call
     * @param connected what every call waits for
     */
    CircuitBreaker(String what, Duration deadline, Mono<Void> connected) {
        this(what, deadline, connected, new NowAndThen()::isTime);
    }

    CircuitBreaker(String what, Duration deadline, Mono<Void> connected, BooleanSupplier isTime) {
        this.what = what;
        this.deadline = deadline;
        this.connected = connected;
        this.isTime = isTime;
    }

    /**
     * Spring Data makes its first connection in the thread that asks for it, however long that
     * takes: not in one of those that all timers share, and only once for all who ask meanwhile.
     * All who have waited go on at once, each on a thread: one after the other, the last would miss
     * their deadlines. From then on nobody leaves their thread for it any more.
     */
    static Mono<Void> firstConnection(ReactiveStringRedisTemplate redis) {
        AtomicBoolean isThere = new AtomicBoolean();
        Mono<Void> first =
                Mono.<Void>fromRunnable(
                                () -> redis.getConnectionFactory().getReactiveConnection().close())
                        .subscribeOn(Schedulers.boundedElastic())
                        .cache(_ -> FOREVER, _ -> Duration.ZERO, () -> FOREVER)
                        .publishOn(Schedulers.parallel())
                        .doOnSuccess(_ -> isThere.set(true));
        return Mono.defer(() -> isThere.get() ? Mono.empty() : first);
    }

    public <T> Mono<T> guard(Mono<T> call) {
        return Mono.defer(
                () ->
                        mayTry()
                                ? watched(connected.then(call))
                                : Mono.error(new LineUnavailable("Redis is away")));
    }

    /** What is listened to has no deadline. */
    <T> Flux<T> listen(Flux<T> channel) {
        return connected.thenMany(channel);
    }

    /** Whether Redis has answered when it was asked last. */
    public boolean isClosed() {
        return tryAgainAt.get() == NONE;
    }

    private <T> Mono<T> watched(Mono<T> call) {
        return call.timeout(deadline)
                .onErrorMap(TimeoutException.class, _ -> slow())
                .onErrorMap(CompletionException.class, Throwable::getCause) // while connecting
                .onErrorMap(DataAccessException.class, e -> failed(e.getMostSpecificCause()))
                .onErrorMap(RedisException.class, this::failed)
                .doOnNext(_ -> end());
    }

    private LineUnavailable slow() {
        pause();
        return new LineUnavailable("Redis is slow");
    }

    /**
     * Redis that refuses a command is there: only this command has failed, and somebody must look
     * why.
     */
    private LineUnavailable failed(Throwable cause) {
        String why = String.valueOf(cause.getMessage());
        RedisState state =
                cause instanceof RedisCommandExecutionException
                        ? RedisState.of(why)
                        : RedisState.AWAY;
        if (state == RedisState.AWAY) {
            pause();
        } else {
            complain(state, why);
        }
        return new LineUnavailable(why, state);
    }

    /** Now and then: every command may be refused. */
    private void complain(RedisState state, String why) {
        if (complaints.computeIfAbsent(state, _ -> new NowAndThen()).isTime()) {
            LOG.error("{}: Redis is {}: {}", what, state.word(), why);
        }
    }

    private boolean mayTry() {
        long at = tryAgainAt.get();
        return at == NONE || System.nanoTime() - at >= 0 && tryAgainAt.compareAndSet(at, soon());
    }

    /** One that is slow is away and back several times a second, in every room. */
    private void pause() {
        tryAgainAt.set(soon());
        if (!told.get() && isTime.getAsBoolean()) {
            told.set(true);
            LOG.warn("{}: Redis does not answer; nobody is admitted until it does", what);
        }
    }

    private void end() {
        if (tryAgainAt.getAndSet(NONE) != NONE && told.getAndSet(false)) {
            LOG.info("{}: Redis answers again", what);
        }
    }

    private static long soon() {
        long at = System.nanoTime() + PAUSE_NANOS;
        return at == NONE ? 1 : at;
    }
}
