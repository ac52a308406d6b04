package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;

import org.junit.jupiter.api.Test;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What finds more to do than there is time for ends all the same, with a view of the room. */
class SlowRedisTests {

    private final List<RoomScripts> called = new ArrayList<>();
    private final RoomId id = new RoomId("slow");

    @Test
    void endsATickThatHasTakenLongEnough() {
        assertThat(lineWithTimeFor(Duration.ZERO).admit(false).block().values()).hasSize(2);

        assertThat(called).containsExactly(RoomScripts.ADMIT, RoomScripts.VIEW);
    }

    @Test
    void endsAPatrolThatHasTakenLongEnough() {
        lineWithTimeFor(Duration.ZERO).patrol().block();

        assertThat(called).containsExactly(RoomScripts.PATROL);
    }

    @Test
    void goesOnWhileThereIsTime() {
        lineWithTimeFor(TestRedis.PATIENCE).patrol().block();

        assertThat(called).hasSize(100).containsOnly(RoomScripts.PATROL);
    }

    private LineStore lineWithTimeFor(Duration enough) {
        return new LineStore(
                id,
                new NeverDone(),
                new Channels(Flux.never()),
                new CircuitBreaker(id.name(), TestRedis.PATIENCE, Mono.empty()),
                () -> "",
                enough);
    }

    /** Says after every call that there is more to do. */
    private final class NeverDone extends ReactiveStringRedisTemplate {

        NeverDone() {
            super(new LettuceConnectionFactory());
        }

        @Override
        @SuppressWarnings("unchecked") // what scripts return are lists
        public <T> Flux<T> execute(RedisScript<T> script, List<String> keys, List<?> arguments) {
            return Flux.defer(
                    () -> {
                        RoomScripts one = of(script);
                        called.add(one);
                        return Flux.just(
                                (T)
                                        (one == RoomScripts.ADMIT
                                                ? List.of("more")
                                                : List.of("ok", 1)));
                    });
        }

        private static RoomScripts of(RedisScript<?> script) {
            return List.of(RoomScripts.values()).stream()
                    .filter(one -> one.script() == script)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
