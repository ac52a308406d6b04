package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import org.junit.jupiter.api.Test;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Who asks while the first connection to Redis is made, and who asks when it is there. */
class FirstConnectionTests {

    /** So many that they are not all for the same one of the threads, which others have too. */
    private static final int WAITING = 20;

    private static final int TOGETHER = 2;

    private final CountDownLatch made = new CountDownLatch(1);
    private final CountDownLatch going = new CountDownLatch(TOGETHER);
    private final List<Thread> asking = new CopyOnWriteArrayList<>();
    private final ReactiveRedisConnectionFactory redis = mock();
    private final Lines lines =
            new Lines(new ReactiveStringRedisTemplate(redis), TestRedis.PATIENCE);

    FirstConnectionTests() {
        when(redis.getReactiveConnection()).thenAnswer(_ -> first()).thenAnswer(_ -> ask());
    }

    /** None waits until another one is done. */
    @Test
    void whoHaveWaitedGoOnAtOnce() throws InterruptedException {
        List<CompletableFuture<?>> waiting =
                Stream.<CompletableFuture<?>>generate(() -> call().toFuture())
                        .limit(WAITING)
                        .toList();
        made.countDown();

        assertThat(going.await(10, TimeUnit.SECONDS)).isTrue();
        waiting.forEach(CompletableFuture::join);
        assertThat(asking).hasSize(WAITING);
    }

    @Test
    void nobodyLeavesTheirThreadLater() {
        made.countDown();
        for (int i = 0; i < TOGETHER; i++) {
            going.countDown();
        }
        call().block();
        asking.clear();

        call().block();
        assertThat(asking).containsExactly(Thread.currentThread());
    }

    private Mono<?> call() {
        return lines.announced().then().onErrorComplete(IllegalStateException.class);
    }

    private ReactiveRedisConnection first() throws InterruptedException {
        made.await();
        return mock();
    }

    private ReactiveRedisConnection ask() throws InterruptedException {
        asking.add(Thread.currentThread());
        going.countDown();
        going.await(10, TimeUnit.SECONDS);
        throw new IllegalStateException("none is there, and yet it is no outage");
    }
}
