package dev.stagedoor.gateway.waitingroom.redis;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** The same scripts, each room in the shard that its name falls into. */
class RoomScriptsOnAClusterTests extends RoomScriptsTests {

    @Override
    ReactiveStringRedisTemplate redis() {
        return Shared.TEMPLATE;
    }

    private static final class Shared {
        static final ReactiveStringRedisTemplate TEMPLATE = TestRedis.CLUSTER.template();
    }
}
