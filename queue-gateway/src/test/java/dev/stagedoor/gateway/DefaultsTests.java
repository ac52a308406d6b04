package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RedisDown;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.ConfigurableApplicationContext;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What holds where nobody has said anything. */
class DefaultsTests {

    private static final RoomSettings DESIGNED =
            new RoomSettings(
                    100,
                    50,
                    Duration.ofSeconds(1),
                    0,
                    Duration.ofMinutes(5),
                    true,
                    Duration.ofMinutes(30),
                    Duration.ofSeconds(60),
                    Duration.ofMinutes(5),
                    Duration.ZERO,
                    1_000_000,
                    Mode.AUTO,
                    true,
                    RedisDown.CLOSED,
                    List.of("/**"),
                    List.of(
                            "GET /",
                            "GET /shop/tickets/**",
                            "POST /api/v1/users",
                            "POST /api/v1/sign-ins",
                            "POST /api/v1/sign-ins/renewal",
                            "DELETE /api/v1/sign-ins/current",
                            "GET /api/v1/concerts",
                            "GET /api/v1/concerts/{id}",
                            "GET /api/v1/openapi.json",
                            "GET /assets/**",
                            "GET /favicon.ico"),
                    List.of(
                            "GET /api/v1/tickets/**",
                            "GET /api/v1/reservations/**",
                            "GET /api/v1/payments/**",
                            "POST /api/v1/payments/{id}/refund",
                            "GET /api/v1/balance/**",
                            "POST /api/v1/balance/charges",
                            "GET /api/v1/users/me",
                            "PUT /api/v1/users/me/**",
                            "DELETE /api/v1/sign-ins"),
                    List.of(),
                    "",
                    "");

    private static EmbeddedRedis redis;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        gateway = Gateways.startOn(Timings.USUAL, redis.url(), "http://127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        redis.close();
    }

    @Test
    void thereIsOneRoomAndItIsAsDesigned() {
        Rooms rooms = gateway.getBean(Rooms.class);
        new Visitor("main").joins(gateway);

        assertThat(rooms.all()).hasSize(1).isSameAs(rooms.all());
        assertThat(rooms.find(new RoomId("main")).orElseThrow().settings()).isEqualTo(DESIGNED);
        assertThat(rooms.defaults()).isEqualTo(DESIGNED);
    }

    @Test
    void oneRoomThatIsConfiguredIsAsDesignedButForWhatIsSaid() {
        try (ConfigurableApplicationContext other =
                Gateways.startOn(
                        Timings.USUAL,
                        redis.url(),
                        "http://127.0.0.1:1",
                        "stagedoor.rooms.gala.capacity=7")) {
            RoomSettings gala =
                    other.getBean(Rooms.class).find(new RoomId("gala")).orElseThrow().settings();

            assertThat(gala.capacity()).isEqualTo(7);
            assertThat(gala)
                    .usingRecursiveComparison()
                    .ignoringFields("capacity")
                    .isEqualTo(DESIGNED);
        }
    }

    @Test
    void whatARoomDoesNotSayIsSaidByTheDefaultsOfRooms() {
        try (ConfigurableApplicationContext other =
                Gateways.startOn(
                        Timings.USUAL,
                        redis.url(),
                        "http://127.0.0.1:1",
                        "stagedoor.rooms.soon.capacity=7",
                        "stagedoor.rooms.soon.hosts=soon.example",
                        "stagedoor.room-defaults.capacity=8",
                        "stagedoor.room-defaults.session=90s",
                        "stagedoor.room-defaults.open-paths=",
                        "stagedoor.room-defaults.signed-in-paths[0]=GET /mine",
                        "stagedoor.room-defaults.hosts=any.example")) {
            RoomSettings soon =
                    other.getBean(Rooms.class).find(new RoomId("soon")).orElseThrow().settings();

            assertThat(soon.capacity()).isEqualTo(7);
            assertThat(soon.hosts()).containsExactly("soon.example");
            assertThat(soon.session()).isEqualTo(Duration.ofSeconds(90));
            assertThat(soon.openPaths()).isEmpty();
            assertThat(soon.signedInPaths()).containsExactly("GET /mine");
            assertThat(soon.batch()).isEqualTo(DESIGNED.batch());
        }
    }

    @Test
    void theLastViewAnswersForRedisForHalfAMinute() {
        Timings timings = gateway.getBean(Timings.class);

        assertThat(timings.viewLasts()).isEqualTo(Duration.ofSeconds(30));
        assertThat(timings.longestSilence()).isEqualTo(Duration.ofSeconds(15));
    }

    @Test
    void aGatewayIsAsDesigned() {
        GatewayProperties properties = gateway.getBean(GatewayProperties.class);

        assertThat(properties.pollBudget()).isEqualTo(2_000);
        assertThat(properties.openPathsPerSecond()).isEqualTo(1_000);
        assertThat(properties.signedInPerSecond()).isEqualTo(500);
        assertThat(properties.recoveryWindow()).isEqualTo(Duration.ofSeconds(60));
        assertThat(properties.corsOrigins()).isEmpty();
        assertThat(properties.trustedProxies()).isEmpty();
    }

    /** As it comes from {@code compose.yaml} where no proxy is named. */
    @Test
    void anEmptyListOfProxiesNamesNone() {
        var said =
                new MapConfigurationPropertySource(Map.of("stagedoor.gateway.trusted-proxies", ""));

        GatewayProperties properties =
                new Binder(said).bindOrCreate("stagedoor.gateway", GatewayProperties.class);

        assertThat(properties.trustedProxies()).isEmpty();
    }
}
