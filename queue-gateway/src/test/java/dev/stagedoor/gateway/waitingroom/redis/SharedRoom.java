package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One room on several gateways, each with a client of its own.
 *
 * <p>Any number of calls are under way at once, all in the same instant: time passes between them.
 * So it never goes back from one script to the next, as that of a server does not.
 */
@SuppressWarnings("rawtypes")
final class SharedRoom implements AutoCloseable {

    /** At one instant, whatever the counters of the room say. */
    private static final RedisScript<List> LOOK =
            RedisScript.of(
                    """
                    local newest = 0
                    for _, sequence in ipairs(redis.call('HVALS', KEYS[4])) do
                      newest = math.max(newest, tonumber(sequence))
                    end
                    local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
                    local cursor = tonumber(redis.call('HGET', KEYS[1], 'cursor'))
                    return {
                      redis.call('ZCARD', KEYS[3]),
                      string.format('%.0f', math.max(newest, cursor)),
                      string.format('%.0f', tonumber(first[2] or '0')),
                    }
                    """,
                    List.class);

    private final RoomId id = TestRedis.room();
    private final Clock clock = new Clock();
    private final ReadWriteLock instant = new ReentrantReadWriteLock(true);
    private volatile CountDownLatch now = new CountDownLatch(1);
    private final List<ReactiveStringRedisTemplate> clients;
    private final List<LineStore> stores;

    SharedRoom(int gateways, Supplier<ReactiveStringRedisTemplate> client, RoomSettings settings) {
        this.clients = Stream.generate(client).limit(gateways).toList();
        this.stores = clients.stream().map(redis -> TestRedis.line(id, redis, clock)).toList();
        stores.getFirst().seed(settings, Duration.ZERO, Optional.empty()).block();
    }

    /**
     * @param inside how many hold a session
     * @param newestInside the largest sequence that was ever let in
     * @param oldestWaiting the smallest one in the line, 0 for nobody
     */
    record Look(long inside, long newestInside, long oldestWaiting) {

        boolean isInOrder() {
            return oldestWaiting == 0 || newestInside < oldestWaiting;
        }
    }

    int gateways() {
        return stores.size();
    }

    long millis() {
        return clock.millis();
    }

    /** After everything that is under way. */
    void pass(Duration time) {
        instant.writeLock().lock();
        try {
            clock.pass(time);
        } finally {
            instant.writeLock().unlock();
        }
        CountDownLatch before = now;
        now = new CountDownLatch(1);
        before.countDown();
    }

    CountDownLatch instant() {
        return now;
    }

    /** Not for long: time may have come to its end. */
    static void awaitEndOf(CountDownLatch instant) {
        try {
            instant.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    <T> T on(int gateway, Function<LineStore, Mono<T>> call) {
        return now(() -> call.apply(stores.get(gateway)).block());
    }

    Look look(int gateway) {
        List<?> seen =
                now(() -> clients.get(gateway).execute(LOOK, keys(), List.of()).blockFirst());
        return new Look(number(seen.get(0)), number(seen.get(1)), number(seen.get(2)));
    }

    RoomView view() {
        return TestRedis.viewOf(on(0, store -> store.view(false)));
    }

    /** For calls between which no time passes. */
    List<LineStore> stores() {
        return stores;
    }

    @Override
    public void close() {
        for (ReactiveStringRedisTemplate client : clients) {
            ((LettuceConnectionFactory) client.getConnectionFactory()).destroy();
        }
    }

    private <T> T now(Supplier<T> call) {
        instant.readLock().lock();
        try {
            return call.get();
        } finally {
            instant.readLock().unlock();
        }
    }

    private List<String> keys() {
        return new Keys(id).forScripts();
    }

    private static long number(Object value) {
        return Long.parseLong(value.toString());
    }
}
