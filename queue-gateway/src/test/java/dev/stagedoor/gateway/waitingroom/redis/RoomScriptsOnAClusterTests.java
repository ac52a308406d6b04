package dev.stagedoor.gateway.waitingroom.redis;

import org.junit.jupiter.api.Nested;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** The same scripts, each room in the shard that its name falls into. */
class RoomScriptsOnAClusterTests {

    private static final ReactiveStringRedisTemplate REDIS = TestRedis.CLUSTER.template();

    @Nested
    class TheLine extends RoomScriptsTests {

        @Override
        ReactiveStringRedisTemplate redis() {
            return REDIS;
        }
    }

    @Nested
    class Sessions extends RoomSessionsTests {

        @Override
        ReactiveStringRedisTemplate redis() {
            return REDIS;
        }
    }

    @Nested
    class TheClock extends RoomClockTests {

        @Override
        ReactiveStringRedisTemplate redis() {
            return REDIS;
        }
    }

    @Nested
    class ItsOperators extends RoomOperatorsTests {

        @Override
        ReactiveStringRedisTemplate redis() {
            return REDIS;
        }
    }
}
