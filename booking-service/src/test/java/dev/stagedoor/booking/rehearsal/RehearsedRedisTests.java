package dev.stagedoor.booking.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;

import java.util.concurrent.TimeUnit;

@Timeout(30)
class RehearsedRedisTests {

    @Test
    void redissonTakesEveryLockOfItAndGivesItBack() {
        LoopResources threads = LoopResources.create("rehearsed-redis", 1, true);
        DisposableServer redis = Rehearsing.listen(threads, RehearsedRedis::new);
        RedissonClient client = Redisson.create(config(redis.port()));
        try {
            var lock = client.reactive().getLock("seat");
            for (long owner = 0; owner < 1_000; owner++) {
                assertThat(lock.tryLock(0, 5_000, TimeUnit.MILLISECONDS, owner).block()).isTrue();
                lock.unlock(owner).block();
            }
        } finally {
            client.shutdown();
            redis.disposeNow();
            threads.dispose();
        }
    }

    private static Config config(int port) {
        Config config = new Config();
        config.setUseScriptCache(true);
        config.useSingleServer().setAddress("redis://127.0.0.1:" + port).setRetryAttempts(0);
        return config;
    }
}
