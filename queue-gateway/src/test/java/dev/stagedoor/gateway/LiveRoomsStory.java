package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A gala is put on sale, and its settings are changed, while two gateways serve everything else.
 */
class LiveRoomsStory {

    private static final RoomId MAIN = new RoomId("main");
    private static final RoomId GALA = new RoomId("gala");

    private EmbeddedRedis redis;
    private Upstream upstream;
    private ConfigurableApplicationContext gateway;
    private ConfigurableApplicationContext other;

    @BeforeEach
    void twoGatewaysServeTheMainRoom() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = start();
        other = start();
    }

    private ConfigurableApplicationContext start() {
        return Gateways.startOn(
                Gateways.WELL_INFORMED,
                redis.url(),
                upstream.url(),
                "stagedoor.rooms.main.capacity=10",
                "stagedoor.rooms.main.interval=200ms");
    }

    @AfterEach
    void itIsOver() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    @Test
    void aRoomThatIsMadeOnOneGatewayGuardsItsPathsOnTheOther() {
        Visitor ofMain = new Visitor("main");
        ofMain.joins(gateway);
        assertThat(ofMain.gets(other, "/gala/seats").statusCode()).isEqualTo(200);

        make(gateway, GALA, Map.of("capacity", "1", "paths", "/gala/**"));

        await().until(() -> ofMain.gets(other, "/gala/seats").statusCode() == 401);
        assertThat(ofMain.gets(other, "/gala/seats").body()).contains("queue-token-invalid");
        assertThat(ofMain.gets(other, "/other/seats").statusCode()).isEqualTo(200);
        Visitor first = new Visitor("gala");
        first.joins(other);
        Visitor second = new Visitor("gala");
        second.joins(gateway);
        assertThat(first.gets(gateway, "/gala/seats").statusCode()).isEqualTo(200);
        assertThat(second.gets(gateway, "/gala/seats").statusCode()).isEqualTo(429);
        assertThat(second.gets(gateway, "/other/seats").statusCode()).isEqualTo(401);
        first.leaves(other);
        await().until(() -> second.isActive(gateway));
    }

    @Test
    void oneGatewayAloneLetsPeopleIntoTheRoomThatItHasMade() {
        other.close();
        make(gateway, GALA, Map.of("capacity", "1", "paths", "/gala/**"));
        Visitor first = new Visitor("gala");
        first.joins(gateway);
        Visitor second = new Visitor("gala");
        second.joins(gateway);

        first.leaves(gateway);

        await().until(() -> second.isActive(gateway));
    }

    @Test
    void whatWasChangedLiveHoldsEverywhereAndOutlivesAllGateways() {
        make(gateway, GALA, Map.of("capacity", "1", "paths", "/gala/**"));
        change(room(gateway, MAIN), Map.of("capacity", "77", "mode", "HOLD"));
        await().until(() -> room(other, MAIN).settings().capacity() == 77);
        assertThat(room(other, MAIN).settings().mode()).isEqualTo(Mode.HOLD);

        gateway.close();
        other.close();
        gateway = start();

        await().until(() -> room(gateway, MAIN).settings().capacity() == 77);
        assertThat(room(gateway, MAIN).settings().mode()).isEqualTo(Mode.HOLD);
        await().until(() -> gateway.getBean(Rooms.class).find(GALA).isPresent());
        await().until(() -> room(gateway, GALA).settings().paths().contains("/gala/**"));
        await().until(() -> new Visitor("gala").asksToJoin(gateway).statusCode() == 201);
    }

    @Test
    void aRoomThatWasMadeLiveIsKnownAgainAfterRedisHasLostEverything() {
        make(gateway, GALA, Map.of("capacity", "1", "paths", "/gala/**"));
        await().until(() -> room(other, MAIN).isKnown());

        redis.ask("FLUSHALL");

        await().until(() -> redis.ask("SISMEMBER wr:rooms gala").equals("1"));
        await().until(() -> redis.ask("EXISTS wr:{gala}:state").equals("1"));
        try (ConfigurableApplicationContext third = start()) {
            Visitor ofMain = new Visitor("main");
            ofMain.joins(third);
            await().until(() -> ofMain.gets(third, "/gala/seats").statusCode() == 401);
        }
    }

    @Test
    void aSettingThatDoesNotFitIsRefusedWithItsReasonAndTheOldOneStays() {
        Room room = room(gateway, MAIN);
        await().until(room::isKnown);
        RoomSettings before = room.settings();

        refuses("capacity", "0", "capacity must be");
        refuses("interval-ms", "50", "interval must be");
        refuses("session-ms", "1000", "claim-timeout must not be longer than session");
        refuses("claim-timeout-ms", "86000000", "claim-timeout must not be longer than session");
        refuses("idle-timeout-ms", "30000", "idle-timeout must be at least 60s");
        refuses("max-waiting", "-1", "max-waiting must not be negative");
        refuses("paths", "/{gala", "paths must be path patterns");
        refuses("open-paths", "GET /{gala", "open-paths must be path patterns");

        assertThat(room.settings()).isEqualTo(before);
    }

    private void refuses(String name, String value, String reason) {
        assertThatThrownBy(() -> change(room(gateway, MAIN), Map.of(name, value)))
                .hasMessageContaining(reason);
        assertThat(redis.ask("HGET wr:{main}:state " + name)).isNotEqualTo(value);
    }

    @Test
    void aSlipMadeByHandIsNotUsedAndHurtsNobody() {
        Visitor inside = new Visitor("main");
        inside.joins(gateway);

        redis.ask("HSET wr:{main}:state claim-timeout-ms 86400000 session-ms 60000");
        redis.ask("HSET wr:{main}:state capacity 7");
        redis.ask("HSET wr:{main}:state paths /{gala");

        Visitor late = new Visitor("main");
        late.joins(other);
        await().during(Duration.ofSeconds(2))
                .until(
                        () ->
                                room(gateway, MAIN).settings().claimTimeout().toSeconds() <= 60
                                        && inside.polls(gateway).statusCode() == 200);
        assertThat(inside.gets(gateway, "/main/seats").statusCode()).isEqualTo(200);
        redis.ask("HSET wr:{main}:state claim-timeout-ms 60000");
        redis.ask("HSET wr:{main}:state paths /**");
        await().until(() -> room(gateway, MAIN).settings().capacity() == 7);
    }

    private static final Operator OPERATOR = new Operator("night", "127.0.0.1");

    // ── what an operator does ───────────────────────────────────────────────────────────────────

    private static void make(
            ConfigurableApplicationContext gateway, RoomId id, Map<String, String> settings) {
        Map<String, String> fields = new HashMap<>(room(gateway, MAIN).settings().toFields());
        fields.putAll(settings);
        gateway.getBean(Rooms.class)
                .make(id, RoomSettings.of(fields), OPERATOR)
                .retryWhen(Gateways.AGAIN)
                .block();
    }

    private static void change(Room room, Map<String, String> settings) {
        room.controls().change(settings, OPERATOR).retryWhen(Gateways.AGAIN).block();
    }

    private static Room room(ConfigurableApplicationContext gateway, RoomId id) {
        return gateway.getBean(Rooms.class).find(id).orElseThrow();
    }
}
