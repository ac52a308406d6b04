package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;

import org.junit.jupiter.api.Test;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

class JoiningInOrderTests {

    /** A script that is missing is sent again; nobody who came later slips in before. */
    @Test
    void keepsTheOrderThoughRedisForgetsTheScriptsAgainAndAgain() {
        ReactiveStringRedisTemplate redis = TestRedis.ALONE.template();
        Room room = room(redis);
        List<UserId> users = IntStream.range(0, 10_000).mapToObj(_ -> UserId.random()).toList();
        Disposable forgetting =
                redis.execute(connection -> connection.scriptingCommands().scriptFlush())
                        .repeatWhen(done -> done.delayElements(Duration.ofMillis(1)))
                        .subscribe();

        List<Long> sequences =
                Flux.fromIterable(users)
                        .flatMapSequential(room::join, 2_000)
                        .map(joined -> ((Joined.Placed) joined).ticket().sequence())
                        .collectList()
                        .block(TestRedis.PATIENCE);
        forgetting.dispose();

        assertThat(sequences).hasSize(users.size()).isSorted().doesNotHaveDuplicates();
    }

    private static Room room(ReactiveStringRedisTemplate redis) {
        RoomId id = TestRedis.room();
        RoomSettings settings = Settings.of("mode", "HOLD", "batch", 100);
        Room room =
                new Rooms(
                                new Lines(redis, () -> "", TestRedis.PATIENCE),
                                Map.of(id, settings),
                                settings,
                                new Recovery(Duration.ZERO, false),
                                Timings.USUAL)
                        .find(id)
                        .orElseThrow();
        room.tick().block();
        return room;
    }
}
