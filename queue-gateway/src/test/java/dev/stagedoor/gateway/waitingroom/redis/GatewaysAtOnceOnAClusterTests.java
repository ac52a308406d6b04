package dev.stagedoor.gateway.waitingroom.redis;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** The same, each room in the shard that its name falls into. */
class GatewaysAtOnceOnAClusterTests extends GatewaysAtOnceTests {

    @Override
    ReactiveStringRedisTemplate client() {
        return TestRedis.CLUSTER.template();
    }
}
