package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import java.time.Duration;
import java.util.Map;

/** Which room guards what, on a gateway that hears of rooms of others. */
class RoomPathsTests {

    private static final Rooms.Recovery NONE = new Rooms.Recovery(Duration.ZERO, false);

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final Lines lines = new Lines(TestRedis.template(redis.url()), TestRedis.PATIENCE);

    @AfterEach
    void stop() {
        redis.close();
    }

    /** Its settings are the very same object before and after. */
    @Test
    void aRoomThatIsMadeElsewhereWithTheUsualSettingsGuardsAsSoonAsItIsKnown() {
        RoomId id = new RoomId("gala");
        rooms().make(id, RoomSettings.DEFAULTS, new Operator("alice", "192.0.2.1")).block();
        Rooms here = rooms();
        here.exchange().blockLast();
        Room heardOf = here.find(id).orElseThrow();
        RoomPaths paths = new RoomPaths(here, properties());
        assertThat(paths.guarding(asking("/seats"))).isEmpty();

        heardOf.upkeep().tick().block();

        assertThat(paths.guarding(asking("/seats")))
                .hasValueSatisfying(guarded -> assertThat(guarded.room()).isSameAs(heardOf));
    }

    private Rooms rooms() {
        return new Rooms(lines, Map.of(), RoomSettings.DEFAULTS, NONE, Timings.USUAL, 2_000);
    }

    private static GatewayProperties properties() {
        return new Binder(new MapConfigurationPropertySource(Map.of()))
                .bindOrCreate("stagedoor.gateway", GatewayProperties.class);
    }

    private static Caller asking(String path) {
        return new Caller(
                new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path),
                new EmbeddedChannel());
    }
}
