package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.MovingNames;
import dev.stagedoor.devservices.Way;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import java.time.Duration;

/** Whoever comes back at another address is found there: as containers do. */
class MovedTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String BEFORE = "127.0.0.1";
    private static final String AFTER = "127.0.0.2";

    private static final ChannelGroup CONNECTIONS =
            new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    @Test
    void theOriginIsFoundAtItsNextAddress() {
        MovingNames.move("origin.moving.test", BEFORE);
        DisposableServer before = origin(BEFORE, 0, "before");
        Visitor visitor = new Visitor("main");
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                redis.url(), "http://origin.moving.test:" + before.port())) {
            visitor.joins(gateway);
            assertThat(visitor.gets(gateway, "/").body()).isEqualTo("before");

            DisposableServer after = origin(AFTER, before.port(), "after");
            MovingNames.move("origin.moving.test", AFTER);
            before.disposeNow();
            CONNECTIONS.close();

            await().atMost(SOON).until(() -> visitor.gets(gateway, "/").body(), "after"::equals);
            after.disposeNow();
        }
    }

    @Test
    void redisIsFoundAtItsNextAddress() {
        MovingNames.move("redis.moving.test", BEFORE);
        try (EmbeddedRedis before = EmbeddedRedis.start();
                EmbeddedRedis after = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                "redis://redis.moving.test:" + before.port(), upstream.url())) {
            assertThat(new Visitor("main").asksToJoin(gateway).statusCode()).isEqualTo(201);

            try (Way way = new Way(AFTER, before.port(), after.port())) {
                MovingNames.move("redis.moving.test", AFTER);
                before.kill();

                await().atMost(SOON)
                        .until(
                                () -> new Visitor("main").asksToJoin(gateway).statusCode(),
                                status -> status == 201);
                assertThat(after.ask("EXISTS wr:{main}:state")).isEqualTo("1");
                assertThat(way.isUsed()).isTrue();
            }
        }
    }

    private static DisposableServer origin(String address, int port, String says) {
        return HttpServer.create()
                .channelGroup(CONNECTIONS)
                .host(address)
                .port(port)
                .handle((_, response) -> response.sendString(Mono.just(says)))
                .bindNow();
    }
}
