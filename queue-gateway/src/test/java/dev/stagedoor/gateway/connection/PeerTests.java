package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Whoever holds the other end of the connection is the peer, also on platforms where the framework
 * would rather believe what a request says of itself.
 */
class PeerTests {

    private static final String ROOM = "peer";
    private static final Visitor INSIDE = new Visitor(ROOM);

    private static EmbeddedRedis redis;
    private static ByteUpstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new ByteUpstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "spring.main.cloud-platform=kubernetes",
                        "stagedoor.gateway.trusted-proxies=10.9.9.9",
                        "stagedoor.ops.password=correct horse",
                        "stagedoor.rooms." + ROOM + ".paths=/**",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.rooms." + ROOM + ".interval=100ms");
        INSIDE.joins(gateway);
        await().until(() -> INSIDE.isActive(gateway) && Gateways.isCertainOf(INSIDE, gateway));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For: 10.9.9.9",
                "Forwarded: for=10.9.9.9;proto=https;host=evil.example",
                "X-Forwarded-For: foo",
                "Forwarded: for=_hidden",
                "X-Forwarded-Port: x",
                "X-Forwarded-Host: a b:c:d"
            })
    void nobodyBecomesATrustedProxyByAHeader(String forged) throws Exception {
        upstream.arrived();

        int status =
                status(
                        "local.server.port",
                        "GET /a",
                        forged,
                        "X-Original-URL: /admin",
                        "X-Real-IP: 1.2.3.4",
                        "Queue-Token: " + INSIDE.token());

        assertThat(status).isEqualTo(200);
        ByteUpstream.Arrived arrived = upstream.arrived().getFirst();
        assertThat(arrived.values("X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(arrived.values("X-Forwarded-Proto")).containsExactly("http");
        assertThat(arrived.values("X-Forwarded-Host")).containsExactly("shop.example");
        assertThat(arrived.names()).doesNotContain("x-original-url", "x-real-ip", "forwarded");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"X-Forwarded-For: foo", "Forwarded: for=_hidden", "X-Forwarded-Port: x"})
    void theManagementPortReadsNoSuchHeaderEither(String forged) throws Exception {
        assertThat(status("local.management.port", "GET /actuator/health/liveness", forged))
                .isEqualTo(200);
    }

    @Test
    void guessesFromMadeUpAddressesAreGuessesOfOne() throws Exception {
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            answers.add(
                    status(
                            "local.management.port",
                            "GET /ops/api/rooms",
                            "X-Forwarded-For: 192.0.2." + i,
                            "Forwarded: for=192.0.2." + i,
                            "Authorization: Bearer guess" + i));
        }

        assertThat(answers).contains(429);
        assertThat(answers.stream().filter(status -> status == 401)).hasSizeLessThan(10);
    }

    private static int status(String port, String asked, String... lines) throws IOException {
        try (Connection connection = new Connection(gateway, port)) {
            connection.send(
                    asked
                            + " HTTP/1.1\r\nHost: shop.example\r\n"
                            + String.join("\r\n", lines)
                            + "\r\n\r\n");
            return connection.nextStatus();
        }
    }
}
