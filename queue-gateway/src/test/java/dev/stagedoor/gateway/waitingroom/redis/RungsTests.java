package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;

/** The far part of the ladder as {@code view.lua} measures it: few rungs, and enough of them. */
class RungsTests {

    private static final int PEOPLE = 50_000;
    private static final int DENSE = 1_000;
    private static final long FIRST = 1_800_000_000_000_000L;

    private static ReactiveStringRedisTemplate redis;

    private final RoomId id = TestRedis.room();
    private final LineStore room = TestRedis.line(id, redis, new Clock());

    @BeforeAll
    static void connect() {
        redis = TestRedis.ALONE.template();
    }

    @AfterAll
    static void disconnect() throws Exception {
        ((DisposableBean) redis.getConnectionFactory()).destroy();
    }

    /**
     * @param left per cent of those who came, gone by now
     * @param together how many who came together have left together
     * @param rungs as many as there may be; 200 are 2 % apart
     */
    @ParameterizedTest
    @CsvSource({
        "0,  1,     2",
        "5,  1,    20",
        "20, 1,   110",
        "60, 1,   200",
        "20, 900,  90",
        "60, 4000, 120",
        "95, 1,   200"
    })
    void tellEverybodysPlaceWithinOnePercentWhoeverHasLeft(int left, int together, int rungs) {
        long[] line = line(left, together);
        stand(line);

        Reply measured = room.view(true).block();

        RoomView view = TestRedis.viewOf(measured);
        for (int rank = 0; rank < line.length; rank++) {
            assertThat(Math.abs(view.ahead(line[rank]) - rank))
                    .as("of the one at rank %d of %d", rank, line.length)
                    .isLessThanOrEqualTo(rank < DENSE ? 0 : rank / 100 + 1);
        }
        assertThat(measured.list(4).size() / 2).as("rungs").isBetween(2, rungs);
    }

    private static long[] line(int left, int together) {
        Random random = new Random(left + together);
        LongStream.Builder staying = LongStream.builder();
        long sequence = FIRST;
        for (int stay = 0; stay < PEOPLE; sequence += together) {
            boolean gone = random.nextInt(100) < left;
            for (int i = 0; !gone && i < together && stay < PEOPLE; i++) {
                staying.add(sequence + i);
                stay++;
            }
        }
        return staying.build().toArray();
    }

    private void stand(long[] line) {
        room.seed(Settings.of("mode", "HOLD"), Duration.ZERO, Optional.empty()).block();
        Flux.fromStream(LongStream.of(line).boxed())
                .map(sequence -> TypedTuple.of(UserId.random().toString(), (double) sequence))
                .buffer(1_000)
                .concatMap(people -> redis.opsForZSet().addAll(new Keys(id).waiting(), people))
                .blockLast();
    }
}
