package dev.stagedoor.peer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.filter.ratelimit.KeyResolver;
import org.springframework.cloud.gateway.filter.ratelimit.RedisRateLimiter;
import org.springframework.cloud.gateway.support.ConfigurationService;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Spring Cloud Gateway as its documentation shows it: one route, one limit per visitor. */
@SpringBootApplication(proxyBeanMethods = false)
public class Peer {

    public static void main(String[] args) {
        SpringApplication.run(Peer.class, args);
    }

    /** The same header that names a visitor at our gate. */
    @Bean
    KeyResolver visitor() {
        return exchange ->
                Mono.justOrEmpty(exchange.getRequest().getHeaders().getFirst("Queue-Token"));
    }

    /**
     * The one it comes with looks on every request whether its script has been modified in the jar,
     * and spends most of its time on that. Read once it is several times as fast: the peer is to be
     * measured at its best.
     */
    @Bean
    @SuppressWarnings({"unchecked", "rawtypes"})
    RedisRateLimiter redisRateLimiter(
            ReactiveStringRedisTemplate redis, ConfigurationService configuration)
            throws IOException {
        String script =
                new ClassPathResource("META-INF/scripts/request_rate_limiter.lua")
                        .getContentAsString(StandardCharsets.UTF_8);
        RedisScript read = RedisScript.of(script, List.class);
        return new RedisRateLimiter(redis, (RedisScript<List<Long>>) read, configuration);
    }
}
