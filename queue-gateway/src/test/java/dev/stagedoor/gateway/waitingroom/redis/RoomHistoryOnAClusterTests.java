package dev.stagedoor.gateway.waitingroom.redis;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** The same histories, each room in the shard that its name falls into. */
class RoomHistoryOnAClusterTests extends RoomHistoryTests {

    @Override
    ReactiveStringRedisTemplate client() {
        return TestRedis.CLUSTER.template();
    }

    /** The rules are the same ones; what is new is where the keys lie. */
    @Override
    int steps() {
        return 100;
    }
}
