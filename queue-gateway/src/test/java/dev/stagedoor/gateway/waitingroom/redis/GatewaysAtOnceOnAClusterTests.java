package dev.stagedoor.gateway.waitingroom.redis;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** The same, each room in the shard that its name falls into. */
class GatewaysAtOnceOnAClusterTests extends GatewaysAtOnceTests {

    /** The most of them show what fewer would. */
    @Override
    @ParameterizedTest
    @CsvSource("5, 13")
    void keepOrderCapacityAndRateWhilePeopleComeAndGo(int gateways, long seed) throws Exception {
        super.keepOrderCapacityAndRateWhilePeopleComeAndGo(gateways, seed);
    }

    @Override
    ReactiveStringRedisTemplate client() {
        return TestRedis.CLUSTER.template();
    }
}
