package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Nothing that anybody sends is our failure: it is answered as what it is, in a problem. */
@Alone // it reads what all of this JVM log
@ExtendWith(OutputCaptureExtension.class)
class OddInputTests {

    private static final String ROOM = "odd";
    private static final String FORM =
            "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n";

    private static final String MUCH = "GET / HTTP/1.1\r\nHost: x\r\nX-Much: " + "a".repeat(20_000);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor WAITING = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=1",
                        "stagedoor.rooms." + ROOM + ".interval=100ms",
                        "stagedoor.rooms." + ROOM + ".open-paths=GET /api/v1/open",
                        "stagedoor.gateway.read-timeout=1s",
                        Arrived.SETTING,
                        "stagedoor.gateway.cors-origins=https://shop.example");
        new Visitor(ROOM).joins(gateway);
        WAITING.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/{", "/|", "/%zz", "/%", "/a^b", "/\"x", "/a\\b", "/%2f"})
    void theButtonsOfThePageLeadNowhereThatIsNoAddress(String back) throws Exception {
        for (String button : new String[] {"leave", "join"}) {
            String answer =
                    posts("page/" + button, "room=" + ROOM + "&back=" + back.replace("%", "%25"));

            assertThat(answer).startsWith("HTTP/1.1 303").containsIgnoringCase("location: /\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST /api/v1/queue/tokens, application/json",
        "POST /api/v1/queue/page/leave, application/x-www-form-urlencoded",
        "GET /api/v1/queue/events, text/plain"
    })
    void whoHangsUpInTheMiddleOfABodyIsNoErrorOfOurs(
            String call, String type, CapturedOutput output) throws Exception {
        Connection connection = new Connection(gateway);
        connection.send(
                "%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 300\r\nQueue-Token: %s\r\n\r\n"
                        .formatted(call, type, WAITING.token()));
        SocketAddress client = connection.address();
        await().until(() -> Arrived.from(client, gateway) > 0);

        connection.resets();

        await().until(() -> Arrived.knowsToBeGone(Set.of(client), gateway));
        assertThat(output.getAll()).doesNotContain("ERROR");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/queue/tokens/current",
                "GET /api/v1/queue/events",
                "GET /api/v1/queue/rooms/odd",
                "GET /api/v1/queue/openapi.json",
                "POST /api/v1/queue/tokens",
                "DELETE /api/v1/queue/tokens/current?room=odd",
                "POST /api/v1/queue/page/leave",
                "GET /queue-assets/line.js",
                "GET /api/v1/seats",
                "GET /api/v1/open",
                "GET /"
            })
    void whoAcceptsMoreKindsThanCanBePutInOrderIsNoErrorOfOurs(String call, CapturedOutput output)
            throws Exception {
        String kinds = String.join(",", Collections.nCopies(60, "text/x;q=0.1"));
        for (String type : List.of("application/json", "application/x-www-form-urlencoded")) {
            String answer =
                    lastAnswer(
                            "%s HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nContent-Type: %s\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
                                    .formatted(call, kinds, type));

            assertThat(answer).matches("(?s)HTTP/1.1 [234]\\d\\d .*");
        }
        assertThat(output.getAll()).doesNotContain("ERROR");
    }

    @ParameterizedTest
    @ValueSource(strings = {"room=%zz", "room=odd&back=/%zz", "%", "room=%e"})
    void aFormThatCannotBeReadIsARequestThatIsNotValid(String form, CapturedOutput output)
            throws Exception {
        assertThat(posts("page/leave", form))
                .startsWith("HTTP/1.1 400")
                .contains("\"validation-failed\"");
        assertThat(output.getAll()).doesNotContain("ERROR");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /api/v1/open HTTP/1.1\\r\\nHost: a:99999\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\nHost: a:x\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\nHost:\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\nHost: [:::::]\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\nHost: [\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\n",
                "GET /api/v1/open HTTP/1.0\\r\\n",
                "GET /api/v1/queue/rooms/odd HTTP/1.0\\r\\n",
                "GET /api/v1/queue/rooms/odd HTTP/1.1\\r\\nHost: a:99999\\r\\n",
                "GET /api/v1/queue/rooms/odd HTTP/1.1\\r\\nHost: [:::::]\\r\\n",
                "GET /api/v1/queue/rooms/odd HTTP/1.1\\r\\nHost: a..b_c:\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\nHost: x\\r\\nOrigin: http://[\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\nHost: x\\r\\nOrigin: http://a:x\\r\\n",
                "GET /api/v1/open HTTP/1.1\\r\\nHost: x\\r\\nOrigin: %zz\\r\\n",
                "GET /api/v1/queue/rooms/odd HTTP/1.1\\r\\nHost: x\\r\\nOrigin: http://[\\r\\n",
                "GET /api/v1/queue/rooms/odd HTTP/1.1\\r\\nHost: x\\r\\nCookie: =;;\\0=\\r\\n",
                "GET /api/v1/queue/tokens/current HTTP/1.0\\r\\nCookie: queue-a; queue-b=\"\\r\\n",
                "GET /x HTTP/1.1\\r\\nHost: x\\r\\nAccept: ,;q=x/\\r\\n",
                "GET /x HTTP/1.1\\r\\nHost: x\\r\\nAccept-Language: ;;;-,q=\\r\\n",
                "POST /api/v1/queue/tokens HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: /\\r\\n",
                "POST /api/v1/queue/tokens HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 2\\r\\n"
            })
    void aHeadThatMakesNoSenseIsNoFailureOfOurs(String head, CapturedOutput output)
            throws Exception {
        String bytes = head.replace("\\r\\n", "\r\n");
        try (Connection connection = new Connection(gateway)) {
            connection.send(bytes + "Connection: close\r\n\r\n{}");

            String answer = connection.readUntilItCloses();

            assertThat(answer).startsWith("HTTP/1.").doesNotContainPattern("HTTP/1.. 5");
        }
        assertThat(output.getAll()).doesNotContain("ERROR");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: application/x-www-form-urlencoded\r\n",
                "Content-Type: text/plain\r\n",
                "Content-Type: nonsense\r\n",
                ""
            })
    void anEmptyBodyHasNoType(String type) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /api/v1/queue/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                            + type
                            + "\r\n");

            assertThat(connection.nextStatus()).isEqualTo(201);
        }
    }

    @Test
    void aBodyOfAnotherTypeIsStillRefused() throws Exception {
        assertThat(posts("tokens", "room=odd"))
                .startsWith("HTTP/1.1 415")
                .contains("\"unsupported-media-type\"");
    }

    @Test
    void whoeverStopsInTheMiddleOfABodyIsNoFailureOfOurs(CapturedOutput output) throws Exception {
        for (String call : new String[] {"tokens", "page/leave"}) {
            try (Connection connection = new Connection(gateway)) {
                connection.send(
                        "POST /api/v1/queue/"
                                + call
                                + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Type: "
                                + (call.equals("tokens")
                                        ? "application/json"
                                        : "application/x-www-form-urlencoded")
                                + "\r\n\r\nro");

                assertThat(connection.readUntilItCloses()).isEmpty();
            }
        }
        assertThat(output.getAll()).doesNotContain("ERROR");
    }

    // ── every refusal has words ─────────────────────────────────────────────────────────────────

    @Test
    void aForeignOriginIsToldSo() throws Exception {
        String foreign = "Host: x\r\nOrigin: https://evil.example\r\nConnection: close\r\n";

        assertThat(lastAnswer("GET /api/v1/open HTTP/1.1\r\n" + foreign + "\r\n"))
                .startsWith("HTTP/1.1 403")
                .contains("application/problem+json", "\"foreign-origin\"");
        assertThat(
                        lastAnswer(
                                "OPTIONS /api/v1/open HTTP/1.1\r\n"
                                        + foreign
                                        + "Access-Control-Request-Method: GET\r\n\r\n"))
                .startsWith("HTTP/1.1 403")
                .contains("\"foreign-origin\"");
    }

    @ParameterizedTest
    @CsvSource({
        "414, uri-too-long, 20000",
        "431, head-too-large, 20000",
        "431, head-too-large, 700000"
    })
    void aHeadBeyondMeasureIsToldSo(int status, String code, int length) throws Exception {
        String much = "a".repeat(length);
        String head =
                status == 414
                        ? "GET /" + much + " HTTP/1.1\r\nHost: x\r\n\r\n"
                        : "GET / HTTP/1.1\r\nHost: x\r\nX-Much: " + much + "\r\n\r\n";

        try (Connection connection = new Connection(gateway)) {
            connection.send(head);

            assertThat(connection.readToTheEnd())
                    .startsWith("HTTP/1.1 " + status)
                    .contains("application/problem+json", "\"" + code + "\"");
        }
    }

    @Test
    void whoHasBeenToldSoAndStaysIsSentAway() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(MUCH);
            assertThat(connection.readToTheEnd()).startsWith("HTTP/1.1 431");

            await().until(() -> Arrived.knowsToBeGone(Set.of(connection.address()), gateway));
        }
    }

    @Test
    void whoHasBeenToldSoAndSendsOnAndOnIsSentAway() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(MUCH);
            assertThat(connection.readToTheEnd()).startsWith("HTTP/1.1 431");

            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 1_000; i++) {
                                    connection.send(new byte[64 << 10]);
                                }
                            })
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aHeadThatDoesNotComeIsToldSo() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send("GET / HTTP/1.1\r\nHost: ");

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 408")
                    .contains("application/problem+json", "\"request-timeout\"");
        }
    }

    private static String posts(String call, String body) throws IOException {
        return lastAnswer(
                "POST /api/v1/queue/"
                        + call
                        + " HTTP/1.1\r\nHost: x\r\n"
                        + FORM
                        + "Content-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body);
    }

    private static String lastAnswer(String bytes) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(bytes);
            return connection.readUntilItCloses();
        }
    }
}
