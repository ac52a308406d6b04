package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import tools.jackson.databind.JsonNode;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** What operators see when a gateway is replaced, Redis is away, or somebody has mistyped. */
class OpsTroubleTests {

    private static final String MAIN = "/ops/api/rooms/main";

    private EmbeddedRedis redis;
    private Upstream upstream;
    private ConfigurableApplicationContext gateway;
    private OperatorClient operator;

    @BeforeEach
    void aSaleIsGoingOn() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = startGateway();
        operator = new OperatorClient(gateway);
        new Visitor("main").joins(gateway);
        new Visitor("main").joins(gateway);
    }

    private ConfigurableApplicationContext startGateway() {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                "stagedoor.ops.password=" + OperatorClient.PASSWORD,
                "stagedoor.rooms.main.capacity=1",
                "stagedoor.rooms.main.interval=100ms");
    }

    @AfterEach
    void theSaleIsOver() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void theHistoryOutlivesTheGatewayThatWroteIt() {
        await().until(() -> operator.get(MAIN + "/history").get("samples").size() > 0);
        JsonNode first = operator.get(MAIN + "/history").at("/samples/0");
        gateway.close();

        gateway = startGateway();

        assertThat(new OperatorClient(gateway).get(MAIN + "/history").at("/samples/0"))
                .isEqualTo(first);
    }

    @Test
    void showsWhatWasKnownLastWhileRedisIsAwayAndChangesNothing() {
        assertThat(operator.get(MAIN).get("waiting").asInt()).isEqualTo(1);

        redis.kill();

        await().until(() -> operator.get(MAIN).get("redis").asString().equals("away"));
        assertThat(operator.get(MAIN).get("waiting").asInt()).isEqualTo(1);
        assertThat(operator.get("/ops/api/rooms").at("/rooms/0/redis").asString())
                .isEqualTo("away");
        operator.refused(503, "queue-unavailable", "PATCH", MAIN + "/settings", "{\"capacity\":5}");
        operator.refused(503, "queue-unavailable", "GET", MAIN + "/history", "");
        operator.refused(
                503,
                "queue-unavailable",
                "POST",
                "/ops/api/revoke",
                "{\"room\":\"main\",\"user\":\"%s\"}".formatted(new Visitor("main").user()));
        redis.restart();
        await().until(() -> operator.get(MAIN).get("redis").asString().equals("up"));
        assertThat(operator.get(MAIN).at("/settings/capacity").asInt()).isEqualTo(1);
        assertThat(operator.get(MAIN).get("recovering").asBoolean()).isTrue();
    }

    /** Asked at the same time both would fail, and the second error stand in the log. */
    @Test
    void whatNeedsTwoAnswersFailsByTheFirst() {
        Room room = gateway.getBean(Rooms.class).find(new RoomId("main")).orElseThrow();
        Operator by = new Operator("hana", "10.0.0.1");
        Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();
        Consumer<Throwable> hook = dropped::add;
        redis.freeze();

        CompletableFuture<Void> calls =
                Flux.range(0, 200)
                        .flatMap(
                                _ ->
                                        Mono.whenDelayError(
                                                        room.controls().people(10),
                                                        TicketCalls.revoke(
                                                                room, UserId.random(), by))
                                                .onErrorComplete(),
                                200)
                        .contextWrite(Context.of("reactor.onErrorDropped.local", hook))
                        .then()
                        .toFuture();
        redis.kill();
        calls.join();

        assertThat(dropped).isEmpty();
    }

    @Test
    void namesWhatSomebodyHasMistypedByHandAndMendsIt() {
        byHand("capacity", "lots");
        JsonNode shown = operator.get(MAIN);
        operator.patch(MAIN + "/settings", "{\"batch\":10}"); // as if nothing had happened

        operator.patch(MAIN + "/settings", "{\"capacity\":4}");

        assertThat(shown.at("/badSetting/field").asString()).isEqualTo("capacity");
        assertThat(shown.at("/settings/capacity").asInt()).isEqualTo(1);
        assertThat(shown.at("/badSetting/must").asString()).isEqualTo("be a whole number");
        await().until(() -> operator.get(MAIN).get("active").asInt() == 2);
        assertThat(operator.get(MAIN).get("badSetting").isNull()).isTrue();
        JsonNode change = operator.get(MAIN + "/changes").at("/changes/0");
        assertThat(change.get("old").asString()).isEqualTo("lots");
    }

    private void byHand(String field, String value) {
        gateway.getBean(ReactiveStringRedisTemplate.class)
                .<String, String>opsForHash()
                .put("wr:{main}:state", field, value)
                .block();
    }
}
