package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a gateway says when more come than it has memory for. */
class CrowdedTests {

    private static final int STREAMS = 8;
    private static final int CONNECTIONS = 20;

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final List<Connection> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms.main.mode=HOLD",
                        "stagedoor.gateway.max-streams=" + STREAMS,
                        "stagedoor.gateway.max-connections=" + CONNECTIONS);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @AfterEach
    void everybodyGoes() throws IOException {
        for (Connection connection : open) {
            connection.close();
        }
        await().until(() -> asking("GET /ops").contains(" 404 "));
    }

    @Test
    void endsTheOldestStreamOfATicketThatOpensAFifth() throws Exception {
        Visitor visitor = waiting();
        List<Connection> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(stream(visitor));
        }

        streams.add(stream(visitor));

        assertThat(streams.removeFirst().readUntil("0\r\n\r\n")).doesNotContain("event: ended");
        visitor.leaves(gateway);
        for (Connection goesOn : streams) {
            assertThat(goesOn.readUntil("0\r\n\r\n")).contains("event: ended");
        }
    }

    @Test
    void refusesMoreStreamsThanItHasMemoryForUntilOneEnds() throws Exception {
        Visitor[] visitors = {waiting(), waiting(), waiting()};
        List<Connection> streams = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            streams.add(stream(visitors[i / 4]));
        }

        assertThat(streamOf(visitors[2]))
                .startsWith("HTTP/1.1 503 ")
                .contains("Retry-After: 5\r\n", "application/problem+json");
        streams.getLast().close();

        await().until(() -> streamOf(visitors[2]).startsWith("HTTP/1.1 200 "));
    }

    @Test
    void refusesMoreConnectionsThanItHasMemoryForUntilOneEnds() throws Exception {
        for (int i = 0; i < CONNECTIONS; i++) {
            keepOpen();
        }
        await().untilAsserted(
                        () ->
                                assertThat(asking("GET /ops"))
                                        .startsWith("HTTP/1.1 503 ")
                                        .contains("Retry-After: 5\r\n", "gateway-busy"));

        await().until(this::isClosedWithoutAWordWhereOneMoreIsThere);
    }

    /** Connections of before may still go: one more comes each time. */
    private boolean isClosedWithoutAWordWhereOneMoreIsThere() throws IOException {
        keepOpen();
        return asking("GET /ops").isEmpty();
    }

    private static Visitor waiting() {
        Visitor visitor = new Visitor("main");
        visitor.joins(gateway);
        return visitor;
    }

    private Connection stream(Visitor visitor) throws IOException {
        Connection connection = keepOpen();
        connection.send(streaming(visitor));
        assertThat(connection.readUntil("event: status")).startsWith("HTTP/1.1 200 ");
        return connection;
    }

    /** The beginning of what is answered to somebody who asks for a stream and goes. */
    private static String streamOf(Visitor visitor) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(streaming(visitor));
            return connection.readUntil("\r\n\r\n");
        }
    }

    private static String streaming(Visitor visitor) {
        return "GET /api/v1/queue/events HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                + visitor.token()
                + "\r\n\r\n";
    }

    private Connection keepOpen() throws IOException {
        Connection connection = new Connection(gateway);
        open.add(connection);
        return connection;
    }

    private static String asking(String line) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            return connection.readUntilItCloses();
        } catch (java.net.SocketException _) {
            return "";
        }
    }
}
