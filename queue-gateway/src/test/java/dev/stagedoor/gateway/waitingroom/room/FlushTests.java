package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.timers.RoomTimers;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** What was heard is told to a Redis that stops answering in the middle of it. */
class FlushTests {

    private static final RoomSettings SETTINGS = Settings.of("mode", "HOLD");
    private static final Function<List<String>, Flux<Object>> THROUGH = _ -> null;

    private final StoppingRedis redis = new StoppingRedis();
    private final Map<RoomId, RoomSettings> two =
            Map.of(TestRedis.room(), SETTINGS, TestRedis.room(), SETTINGS);
    private final Rooms rooms =
            new Rooms(
                    new Lines(redis, TestRedis.PATIENCE),
                    two,
                    SETTINGS,
                    new Recovery(Duration.ofMinutes(1), false),
                    Timings.USUAL,
                    2_000);
    private final Room room = rooms.all().iterator().next();

    /** Those behind would never be told of where all take longer than a flush may. */
    @Test
    void whoWasToldOfBeforeItFailsIsNotToldOfAgain() {
        areHeardOf(Batches.MOST_IN_ONE_CALL + 1);
        redis.instead =
                _ -> redis.told.size() == 2 ? Flux.error(new IllegalStateException()) : null;

        assertThatThrownBy(() -> room.upkeep().flush().block())
                .isInstanceOf(IllegalStateException.class);

        assertThatOneIsLeft();
    }

    @Test
    void whoWasToldOfBeforeItIsCutOffIsNotToldOfAgain() {
        areHeardOf(Batches.MOST_IN_ONE_CALL + 1);
        redis.instead = _ -> redis.told.size() == 2 ? Flux.never() : null;

        Disposable flush = room.upkeep().flush().subscribe();
        await().until(() -> redis.told.size() == 2);
        flush.dispose();

        assertThatOneIsLeft();
    }

    @Test
    void aRoomThatCannotBeToldOfAtTheEndKeepsNoOtherFromIt() throws InterruptedException {
        String failing = room.id().name();
        rooms.all().forEach(each -> areHeardOf(each, 1));
        redis.instead =
                keys -> {
                    if (keys.getFirst().contains(failing)) {
                        throw new IllegalStateException("before the others have begun");
                    }
                    return null;
                };
        CountDownLatch done = new CountDownLatch(1);

        new RoomTimers(rooms, Timings.USUAL, new GatewayMeters(new SimpleMeterRegistry()))
                .stop(done::countDown);

        done.await();
        assertThat(redis.told).hasSize(2);
    }

    private void areHeardOf(int many) {
        areHeardOf(room, many);
    }

    private void areHeardOf(Room room, int many) {
        room.upkeep().tick().block();
        Flux.range(0, many)
                .flatMap(_ -> room.join(UserId.random(), Runnable::run))
                .flatMap(joined -> room.standing(((Joined.Placed) joined).ticket()))
                .blockLast();
        redis.told.clear();
    }

    private void assertThatOneIsLeft() {
        redis.instead = THROUGH;
        redis.told.clear();
        room.upkeep().flush().block();
        int wordsOfOne = 3;
        assertThat(redis.told).singleElement().extracting(List::size).isEqualTo(1 + wordsOfOne);
    }

    private static final class StoppingRedis extends ReactiveStringRedisTemplate {

        /** What each call says, also one that is not answered. */
        private final Queue<List<?>> told = new ConcurrentLinkedQueue<>();

        /** Of the keys; null to let it through. */
        private volatile Function<List<String>, Flux<Object>> instead = THROUGH;

        StoppingRedis() {
            super(TestRedis.ALONE.template().getConnectionFactory());
        }

        @Override
        @SuppressWarnings("unchecked") // there is no answer
        public <T> Flux<T> execute(RedisScript<T> script, List<String> keys, List<?> arguments) {
            told.add(arguments);
            Flux<Object> other = instead.apply(keys);
            return other == null ? super.execute(script, keys, arguments) : (Flux<T>) other;
        }
    }
}
