package dev.stagedoor.gateway.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Map;

/**
 * Two gateways, with room for one inside, before an upstream that does as it is told. One class of
 * tests after the other uses them.
 */
abstract class PagesOfAGateway {

    static final String TAKES_TURNS = "pages of a gateway";

    static final String ROOM = "pages";
    static final String PAGE = "/shop/seats?date=2026-12-05";

    static EmbeddedRedis redis;
    static Upstream upstream;
    static ConfigurableApplicationContext gateway;
    static ConfigurableApplicationContext other;

    final Navigator first = new Navigator(ROOM);
    final Navigator second = new Navigator(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = start(redis);
        other = start(redis);
    }

    static ConfigurableApplicationContext start(EmbeddedRedis line) {
        return Gateways.startOn(
                line.url(),
                upstream.url(),
                "stagedoor.rooms." + ROOM + ".capacity=1",
                "stagedoor.rooms." + ROOM + ".interval=100ms",
                "stagedoor.rooms." + ROOM + ".session=1m");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    @AfterEach
    void everybodyGoes() {
        set(Map.of("mode", "AUTO", "max-waiting", "0"));
        first.submits(gateway, "leave", PAGE);
        second.submits(gateway, "leave", PAGE);
        upstream.answers((_, response) -> response.sendString(Mono.just("hello")));
        await().until(() -> people() == 0);
    }

    static void comesIn(Navigator visitor) {
        visitor.opens(gateway, PAGE);
        visitor.opens(gateway, PAGE);
        assertThat(visitor.opens(gateway, PAGE).body()).isEqualTo("hello");
    }

    static Room room() {
        return gateway.getBean(Rooms.class).find(new RoomId(ROOM)).orElseThrow();
    }

    /** As of the next tick: what has happened before is seen. */
    static long people() {
        RoomView next = room().views().blockFirst(Duration.ofSeconds(5));
        return next.waiting() + next.active();
    }

    static void set(Map<String, String> changes) {
        room().controls()
                .change(changes, new Operator("test", "127.0.0.1"))
                .retryWhen(Gateways.AGAIN)
                .block(Duration.ofSeconds(10));
    }
}
