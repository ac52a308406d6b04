package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.DevServices;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import java.net.URI;
import java.util.UUID;

/** The shared Redis of the tests, and rooms nobody else uses. */
final class TestRedis {

    static final ReactiveStringRedisTemplate TEMPLATE = template(DevServices.redisUrl());

    private TestRedis() {}

    static ReactiveStringRedisTemplate template(String url) {
        URI uri = URI.create(url);
        LettuceConnectionFactory factory =
                new LettuceConnectionFactory(
                        new RedisStandaloneConfiguration(uri.getHost(), uri.getPort()));
        factory.afterPropertiesSet();
        factory.start();
        return new ReactiveStringRedisTemplate(factory);
    }

    static RoomId room() {
        return new RoomId("t" + UUID.randomUUID().toString().substring(0, 8));
    }
}
