package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedisCluster;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Comer;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** The shared Redis of the tests, alone or as a cluster, and rooms nobody else uses. */
public enum TestRedis {
    ALONE {
        @Override
        public ReactiveStringRedisTemplate template() {
            return template(DevServices.redisUrl());
        }
    },
    CLUSTER {
        @Override
        public ReactiveStringRedisTemplate template() {
            return opened(
                    new LettuceConnectionFactory(
                            new RedisClusterConfiguration(
                                    List.of(Shared.CLUSTER.nodes().split(",")))));
        }
    };

    public static final Duration PATIENCE = Duration.ofMinutes(1);

    /** A client of its own, as another gateway would have one. */
    public abstract ReactiveStringRedisTemplate template();

    public static ReactiveStringRedisTemplate template(String url) {
        URI uri = URI.create(url);
        return opened(
                new LettuceConnectionFactory(
                        new RedisStandaloneConfiguration(uri.getHost(), uri.getPort())));
    }

    /**
     * However busy the machine is, it is no outage.
     *
     * @param now epoch ms for tests that move time; empty for the clock of Redis
     */
    public static LineStore line(
            RoomId room, ReactiveStringRedisTemplate redis, Supplier<String> now) {
        return new Lines(redis, now, PATIENCE).line(room);
    }

    public static RoomId room() {
        return new RoomId("t" + UUID.randomUUID().toString().substring(0, 8));
    }

    /** Of whoever has seen none before. */
    public static RoomView viewOf(Reply reply) {
        return reply.view(null, RoomSettings.DEFAULTS);
    }

    /** Who may have any place. */
    public static List<Comer> comers(List<UserId> users) {
        return users.stream().map(user -> new Comer(user, null)).toList();
    }

    /** Where one ticket stands. */
    public static Mono<Standing> standing(LineStore line, Ticket ticket, Life life) {
        return line.check(List.of(ticket), life).map(List::getFirst);
    }

    private static ReactiveStringRedisTemplate opened(LettuceConnectionFactory factory) {
        factory.afterPropertiesSet();
        factory.start();
        return new ReactiveStringRedisTemplate(factory);
    }

    /** Started when it is first asked for; its servers go with the JVM. */
    private static final class Shared {
        static final EmbeddedRedisCluster CLUSTER = EmbeddedRedisCluster.start();
    }
}
