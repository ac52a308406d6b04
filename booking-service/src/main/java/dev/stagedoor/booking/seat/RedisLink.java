package dev.stagedoor.booking.seat;

import dev.stagedoor.common.Running;
import dev.stagedoor.common.log.NowAndThen;

import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.api.RedissonReactiveClient;
import org.redisson.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The connection to Redis, made in the background: the service starts without Redis and finds it
 * when it comes.
 */
@Component
final class RedisLink extends Running {

    private static final Logger log = LoggerFactory.getLogger(RedisLink.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private final @Nullable Config config;
    private final NowAndThen said = new NowAndThen();
    private volatile @Nullable RedissonClient client;
    private volatile Optional<RedissonReactiveClient> reactive = Optional.empty();
    private Disposable connecting = Disposables.disposed();

    RedisLink(RedissonSettings settings, LockSettings lock) {
        this.config = lock.enabled() && lock.redis() ? settings.read() : null;
    }

    Optional<RedissonReactiveClient> client() {
        return reactive;
    }

    /** Bookings go on without it, and somebody should know. */
    void away(Throwable why) {
        said.say(
                more ->
                        log.warn(
                                "seats are not locked, Redis is away: {} ({} more since last said)",
                                why.getMessage(),
                                more));
    }

    @Override
    public void start() {
        super.start();
        if (config != null) {
            connecting =
                    Mono.fromCallable(() -> Redisson.create(config))
                            .subscribeOn(Schedulers.boundedElastic())
                            .retryWhen(
                                    Retry.backoff(Long.MAX_VALUE, FIRST_WAIT)
                                            .maxBackoff(LONGEST_WAIT)
                                            .doBeforeRetry(this::failed))
                            .subscribe(this::connected);
        }
    }

    /** Not of the first attempt, which a program that has just begun may be too slow for. */
    private void failed(Retry.RetrySignal attempt) {
        if (attempt.totalRetries() > 0) {
            away(attempt.failure());
        }
    }

    private synchronized void connected(RedissonClient connected) {
        if (isRunning()) {
            client = connected;
            reactive = Optional.of(connected.reactive());
        } else {
            connected.shutdown();
        }
    }

    @Override
    public synchronized void stop() {
        super.stop();
        connecting.dispose();
        if (client != null) {
            client.shutdown(0, 1, TimeUnit.SECONDS);
            client = null;
            reactive = Optional.empty();
        }
    }

    /** There before anybody comes, and until everybody has left. */
    @Override
    public int getPhase() {
        return 0;
    }
}
