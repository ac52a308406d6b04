package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What bodies may take: those that drip in, those that are large, those of strangers. */
class BodyTests {

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final Visitor visitor = new Visitor("main");

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.upstream.connections=2",
                        "stagedoor.upstream.open-connections=2",
                        "stagedoor.upstream.pending-timeout=300ms",
                        "stagedoor.upstream.max-body-size=200KB");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void takesNoConnectionForBodiesThatDripIn() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        visitor.joins(gateway);
        List<Connection> dripping = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                dripping.add(posting("/api/v1/users", "", 60_000, "{"));
                dripping.add(posting("/api/v1/x", token(), 60_000, "{"));
            }
            for (Connection connection : dripping) {
                connection.send(" ");
            }

            assertThat(visitor.gets(gateway, "/api/v1/x").statusCode()).isEqualTo(200);
            assertThat(Visitor.send(Visitor.request(gateway, "/api/v1/concerts")).statusCode())
                    .isEqualTo(200);
        } finally {
            for (Connection connection : dripping) {
                connection.close();
            }
        }
    }

    @Test
    void takesNoConnectionOfThoseInsideForOpenPaths() throws Exception {
        AtomicInteger held = new AtomicInteger();
        upstream.answers(
                (request, response) ->
                        request.uri().equals("/api/v1/x")
                                ? response.send()
                                : Mono.<Void>never().doOnSubscribe(_ -> held.incrementAndGet()));
        visitor.joins(gateway);
        List<Connection> outside = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                outside.add(posting("/api/v1/users", "", 1, "x"));
            }
            await().until(() -> held.get() == 2);

            assertThat(visitor.gets(gateway, "/api/v1/x").statusCode()).isEqualTo(200);
        } finally {
            for (Connection connection : outside) {
                connection.close();
            }
        }
    }

    @Test
    void forwardsABodyThatIsLargerThanTheBufferWhole() throws Exception {
        AtomicLong received = receiving();
        visitor.joins(gateway);
        int size = 190 * 1024;

        try (Connection connection = posting("/api/v1/x", token(), size, "x".repeat(size))) {
            assertThat(connection.nextStatus()).isEqualTo(200);
        }

        assertThat(received.get()).isEqualTo(size);
    }

    @Test
    void refusesABodyThatIsTooLargeBeforeItHasCome() throws Exception {
        visitor.joins(gateway);

        try (Connection connection = posting("/api/v1/x", token(), 200 * 1024 + 1, "x")) {
            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 413 ")
                    .contains("body-too-large");
        }
    }

    @Test
    void refusesABodyThatTurnsOutToBeTooLarge() throws Exception {
        receiving();
        visitor.joins(gateway);
        String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";

        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                            + token()
                            + "\r\n"
                            + chunk.repeat(13));

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 413 ")
                    .contains("body-too-large");
        }
    }

    private static AtomicLong receiving() {
        AtomicLong received = new AtomicLong();
        upstream.answers(
                (request, response) ->
                        request.receive()
                                .asByteArray()
                                .doOnNext(part -> received.addAndGet(part.length))
                                .then(response.send()));
        return received;
    }

    private String token() {
        return "Queue-Token: " + visitor.token() + "\r\n";
    }

    private static Connection posting(String path, String fields, int length, String begin)
            throws Exception {
        Connection connection = new Connection(gateway);
        connection.send(
                "POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s"
                        .formatted(path, fields, length, begin));
        return connection;
    }
}
