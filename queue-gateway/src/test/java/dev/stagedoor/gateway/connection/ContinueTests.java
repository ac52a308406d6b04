package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Clients that send a body only when they are told to ({@code Expect: 100-continue}). */
class ContinueTests {

    private static final String ROOM = "continue";
    private static final String GO_ON = "HTTP/1.1 100 Continue\r\n\r\n";
    private static final String WAITS = "Expect: 100-continue\r\n";
    private static final String OF_FIVE = "Content-Length: 5\r\n";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static final Visitor VISITOR = new Visitor(ROOM);

    /** By the upstream: what it was told to expect, and the body. */
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=10",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.upstream.max-body-size=1MB");
        VISITOR.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void tellsWhatItHears() {
        upstream.answers(
                (request, response) ->
                        request.receive()
                                .aggregate()
                                .asString()
                                .doOnNext(
                                        body ->
                                                received.add(
                                                        request.requestHeaders().get("Expect")
                                                                + " "
                                                                + body))
                                .then(response.sendString(Mono.just("done")).then()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                OF_FIVE + "\r\n|hello",
                "Transfer-Encoding: chunked\r\n\r\n|5\r\nhello\r\n0\r\n\r\n"
            })
    void isToldToGoOnOnceAndBeforeTheBody(String request) throws Exception {
        String body = request.substring(request.indexOf('|') + 1);
        try (Connection connection = new Connection(gateway)) {
            connection.send(posting(WAITS) + request.substring(0, request.indexOf('|')));
            assertThat(connection.readUntil("\r\n\r\n")).isEqualTo(GO_ON);
            assertThat(received).isEmpty();

            connection.send(body);

            assertThat(connection.readUntil("done")).startsWith("HTTP/1.1 200 ");
            assertThat(received.poll(1, TimeUnit.MINUTES)).isEqualTo("null hello");
            assertGoesOn(connection);
        }
    }

    @Test
    void isToldNothingMoreWhoDoesNotWait() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(posting(WAITS + OF_FIVE) + "\r\nhello");

            assertThat(connection.readUntil("done").replaceFirst(GO_ON, ""))
                    .startsWith("HTTP/1.1 200 ");
            assertGoesOn(connection);
        }
    }

    /** The line's own call, which the lane leaves to the server. */
    @Test
    void joinsLikewise() throws Exception {
        String body = "{\"room\":\"" + ROOM + "\"}";
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /api/v1/queue/tokens HTTP/1.1\r\nHost: x\r\n"
                            + "Content-Type: application/json\r\nContent-Length: "
                            + body.length()
                            + "\r\n"
                            + WAITS
                            + "\r\n");
            assertThat(connection.readUntil("\r\n\r\n")).isEqualTo(GO_ON);

            connection.send(body);

            assertThat(connection.nextStatus()).isEqualTo(201);
            assertGoesOn(connection);
        }
    }

    @Test
    void isNotToldToSendWhatIsRefused() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send("POST /api/v1/x HTTP/1.1\r\nHost: x\r\n" + WAITS + OF_FIVE + "\r\n");

            assertThat(connection.nextStatus()).isEqualTo(401);
            connection.send("GET /");
            assertThat(connection.readUntilItCloses()).isEmpty();
        }
        assertThat(received).isEmpty();
    }

    @Test
    void isNotToldToSendWhatIsTooLarge() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(posting(WAITS + "Content-Length: 2000000\r\n") + "\r\n");

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 413 ")
                    .containsOnlyOnce("HTTP/1.1");
        }
    }

    /** It knows of no answers before the answer. */
    @Test
    void tellsNothingToAnOldClient() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(posting(WAITS + OF_FIVE).replace("/1.1", "/1.0") + "\r\nhello");

            assertThat(connection.readUntilItCloses())
                    .containsOnlyOnce("HTTP/1.")
                    .contains(" 200 ", "done");
        }
    }

    @Test
    void passesOverWhatElseIsExpected() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(posting("Expect: a-miracle\r\n" + OF_FIVE) + "\r\nhello");

            assertThat(connection.readUntil("done")).startsWith("HTTP/1.1 200 ");
            assertThat(received.poll(1, TimeUnit.MINUTES)).isEqualTo("null hello");
        }
    }

    private static void assertGoesOn(Connection connection) throws Exception {
        connection.send("GET /api/v1/x HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(connection.nextStatus()).isEqualTo(401);
    }

    private static String posting(String fields) {
        return "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                + VISITOR.token()
                + "\r\n"
                + fields;
    }
}
