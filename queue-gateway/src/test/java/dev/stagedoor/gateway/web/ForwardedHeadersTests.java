package dev.stagedoor.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.util.List;

/** What the upstream is told of a request, by whomever, and what it is never asked for. */
class ForwardedHeadersTests {

    private static final String ROOM = "told";
    private static final String OTHER = "vip";
    private static final Visitor INSIDE = new Visitor(ROOM);

    private static EmbeddedRedis redis;
    private static ByteUpstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext behindProxy;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new ByteUpstream();
        gateway = start("stagedoor.gateway.trusted-proxies=");
        behindProxy = start("stagedoor.gateway.trusted-proxies=127.0.0.1");
        INSIDE.joins(gateway);
        await().until(() -> Gateways.isCertainOf(INSIDE, gateway));
    }

    private static ConfigurableApplicationContext start(String proxies) {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                proxies,
                "stagedoor.rooms." + ROOM + ".paths=/**",
                "stagedoor.rooms." + ROOM + ".session=1h",
                "stagedoor.rooms." + ROOM + ".interval=100ms",
                "stagedoor.rooms." + OTHER + ".paths=/vip/**");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        behindProxy.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void nothingHasArrived() {
        upstream.arrived();
    }

    // ── addresses ───────────────────────────────────────────────────────────────────────────────

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin",
                "/admin/concerts",
                "/%61dmin/concerts",
                "/%41dmin/concerts",
                "/adm%69n",
                "/%61%64%6d%69%6E/concerts",
                "/AdMin/concerts",
                "/%6fps",
                "/%6Fps/api/rooms",
                "/OPS/api/rooms",
                "/%61ctuator/health",
                "/actuato%72?x=1",
                "/Actuator/health"
            })
    void isNeverAskedForWhatIsNotForThePublic(String path) throws Exception {
        for (String credential : credentials()) {
            assertThat(statusOf(path, credential)).isEqualTo(404);
        }
        assertThat(upstream.arrived()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator%2fhealth",
                "/actuator%2Fhealth",
                "/%2561dmin",
                "/x/../admin",
                "/x/%2e%2e/admin",
                "/./admin",
                "/admin;x=1",
                "/%2fadmin",
                "//admin",
                "/\\admin",
                "/x#/admin"
            })
    void isNeverAskedForAPathThatHidesAnother(String path) throws Exception {
        for (String credential : credentials()) {
            assertThat(statusOf(path, credential)).isEqualTo(400);
        }
        assertThat(upstream.arrived()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/vip/seats", "/%76ip/seats", "/vi%70", "/%76%69%70/%73eats"})
    void isAskedByNobodyForThePathOfAnotherRoomHoweverItIsSpelled(String path) throws Exception {
        for (String credential : credentials()) {
            assertThat(statusOf(path, credential)).isEqualTo(401);
        }
        assertThat(upstream.arrived()).isEmpty();
    }

    @Test
    void isAskedForOtherPathsAsTheyAreSpelled() throws Exception {
        assertThat(statusOf("/%61dministration/%7Euser?x=%2e%2e", header())).isEqualTo(200);

        assertThat(upstream.arrived().getFirst().line())
                .isEqualTo("GET /%61dministration/%7Euser?x=%2e%2e HTTP/1.1");
    }

    // ────────────────────────────────────────────────────────────────────────────────────────────

    /** By the express lane, and by the front door. */
    private static List<String> credentials() {
        return List.of(header(), "Cookie: queue-" + ROOM + "=" + INSIDE.token() + "\n");
    }

    private static String header() {
        return "Queue-Token: " + INSIDE.token() + "\n";
    }

    private static int statusOf(String path, String lines) throws IOException {
        return ask(gateway, path, lines);
    }

    private static int ask(ConfigurableApplicationContext through, String path, String lines)
            throws IOException {
        try (Connection connection = new Connection(through)) {
            connection.send(
                    "GET "
                            + path
                            + " HTTP/1.1\r\nHost: shop.example\r\n"
                            + lines.replace("\n", "\r\n")
                            + "\r\n");
            return connection.nextStatus();
        }
    }
}
