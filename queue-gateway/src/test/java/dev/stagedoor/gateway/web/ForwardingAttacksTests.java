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
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Requests that would have the upstream, or somebody else, read more than one, or another one, than
 * the gateway has let through. The attacker is inside, and shows a good token wherever it helps.
 */
class ForwardingAttacksTests {

    private static final String ROOM = "attacked";
    private static final Visitor INSIDE = new Visitor(ROOM);

    private static EmbeddedRedis redis;
    private static ByteUpstream upstream;
    private static ByteUpstream foreigner;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new ByteUpstream();
        foreigner = new ByteUpstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".paths=/**",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.rooms." + ROOM + ".interval=100ms",
                        "stagedoor.upstream.connections=1");
        INSIDE.joins(gateway);
        await().until(() -> Gateways.isCertainOf(INSIDE, gateway));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        foreigner.close();
        redis.close();
    }

    @BeforeEach
    void nothingHasArrived() {
        upstream.arrived();
    }

    // ── where a request ends ────────────────────────────────────────────────────────────────────

    @ParameterizedTest
    @MethodSource("credentials")
    void refusesALengthBesideChunks(String token) throws Exception {
        String smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n" + token + "\r\n";

        assertRefused(
                "POST /a HTTP/1.1\r\nHost: x\r\n"
                        + token
                        + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(smuggled.length())
                        + "\r\n"
                        + smuggled
                        + "\r\n0\r\n\r\n");
        assertRefused(
                "POST /a HTTP/1.1\r\nHost: x\r\n"
                        + token
                        + "Content-Length: "
                        + (5 + smuggled.length())
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        + smuggled);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding:",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding: \u000bchunked",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nContent-Length: 5",
                "Content-Length: 5, 5",
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length: 5 5",
                "Content-Length:"
            })
    void refusesALengthThatCanBeReadInTwoWays(String framing) throws Exception {
        for (String token : credentials().toList()) {
            assertRefused(
                    "POST /a HTTP/1.1\r\nHost: x\r\n"
                            + token
                            + framing
                            + "\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n"
                            + token
                            + "\r\n");
        }
    }

    @Test
    void refusesChunksInAVersionThatKnowsNone() throws Exception {
        assertRefused(
                "POST /a HTTP/1.0\r\nHost: x\r\n"
                        + header()
                        + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ZZ", "-1", "", "5\n", "5\rX", "FFFFFFFFFFFFFFFFF"})
    void letsNoBodyLookWholeThatBreaksOff(String size) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /a HTTP/1.1\r\nHost: x\r\n"
                            + header()
                            + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
                            + size
                            + "\r\nabcde\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n"
                            + header()
                            + "\r\n");

            assertThat(connection.readUntilItCloses()).startsWith("HTTP/1.1 400 ");
        }
        assertThatTheNextRequestIsItself();
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void carriesABodyOnInAFrameOfItsOwn(String token) throws Exception {
        assertForwardedOnce(
                "POST /a HTTP/1.1\r\nHost: x\r\n"
                        + token
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "5;name=value;other=\"x;y\"\r\nabcde\r\n0\r\n\r\n",
                "abcde");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length",
                "content-length, Host, Content-Type",
                "close, Content-Length",
                "Content-Length, Transfer-Encoding",
                "keep-alive\r\nConnection: Content-Length"
            })
    void keepsTheFrameOfABodyWhateverAClientSaysOfTheConnection(String options) throws Exception {
        for (String token : credentials().toList()) {
            String smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n" + token + "\r\n";

            ByteUpstream.Arrived arrived =
                    assertForwardedOnce(
                            "POST /a HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                                    + token
                                    + "Connection: "
                                    + options
                                    + "\r\nContent-Length: "
                                    + smuggled.length()
                                    + "\r\n\r\n"
                                    + smuggled,
                            smuggled);

            assertThat(arrived.values("Content-Type")).containsExactly("text/plain");
            assertThat(arrived.values("Host")).hasSize(1);
        }
    }

    // ── what a head may look like ───────────────────────────────────────────────────────────────

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: x\r\nHost: y",
                "Host: x\r\nhost: x",
                "X-Host: x",
                "Host: x\nX-Bare: line feed",
                "Host: x\r\n folded: first",
                "Host: x\r\nBad Header: 1",
                "Host: x\r\nNo-Colon",
                "Host: x\r\n: no name",
                "Host: x\r\nX-Nul: a\u0000b",
                "Host: x\r\nX-Return: a\rb",
                "Host: x\r\nX-Tab\u000b: b",
                "Host: x\r\nX-Separator\u001c: b",
                "Host: a b",
                "Host: x/../y",
                "Host: user@x",
                "Host: x:99999999999",
                "Host: x, y"
            })
    void refusesAHeadThatCanBeReadInTwoWays(String lines) throws Exception {
        for (String token : credentials().toList()) {
            assertRefused("GET /a HTTP/1.1\r\n" + token + lines + "\r\n\r\n");
        }
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void carriesAFoldedLineOnAsOne(String token) throws Exception {
        ByteUpstream.Arrived arrived =
                assertForwardedOnce(
                        "GET /a HTTP/1.1\r\nHost: x\r\n"
                                + token
                                + "X-Folded: a\r\n Transfer-Encoding: chunked\r\n\r\n",
                        "");

        assertThat(arrived.values("X-Folded")).containsExactly("a Transfer-Encoding: chunked");
        assertThat(arrived.names()).doesNotContain("transfer-encoding");
    }

    @ParameterizedTest
    @ValueSource(strings = {"FOO/1.1", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1 HTTP/1.1"})
    void refusesAVersionThatIsNotSpokenHere(String version) throws Exception {
        assertRefused("GET /a " + version + "\r\nHost: x\r\n" + header() + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONNECT", "TRACE"})
    void letsNobodyAskForATunnelOrAnEcho(String method) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(method + " /a HTTP/1.1\r\nHost: x\r\n" + header() + "\r\n");

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 405 ")
                    .contains("\"method-not-allowed\"");
        }
        assertThatTheNextRequestIsItself();
    }

    // ── whom a request is for ───────────────────────────────────────────────────────────────────

    @ParameterizedTest
    @MethodSource("credentials")
    void takesAWholeAddressForAPathOfItsOwn(String token) throws Exception {
        for (String scheme : List.of("http", "HTTP", "https")) {
            ByteUpstream.Arrived arrived =
                    assertForwardedOnce(
                            "GET "
                                    + scheme
                                    + "://127.0.0.1:"
                                    + foreigner.port()
                                    + "/a?b=c HTTP/1.1\r\nHost: x\r\n"
                                    + token
                                    + "\r\n",
                            "");

            assertThat(arrived.line()).isEqualTo("GET /a?b=c HTTP/1.1");
            assertThat(arrived.values("X-Forwarded-Host"))
                    .containsExactly("127.0.0.1:" + foreigner.port());
        }
        assertThat(foreigner.connections()).isZero();
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void takesAnAddressWithoutAPathForTheFrontPage(String token) throws Exception {
        String address = "http://127.0.0.1:" + foreigner.port();

        for (String target : List.of(address, address + "?b=c")) {
            ByteUpstream.Arrived arrived =
                    assertForwardedOnce(
                            "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + token + "\r\n", "");

            assertThat(arrived.line())
                    .isEqualTo("GET /" + target.substring(address.length()) + " HTTP/1.1");
        }
        assertThat(foreigner.connections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET {foreigner}/a",
                "GET {foreigner}",
                "CONNECT {foreigner}",
                "GET //{foreigner}/a",
                "GET /\\{foreigner}/a",
                "GET \\\\{foreigner}/a",
                "GET ://{foreigner}/a",
                "GET ftp://{foreigner}/a",
                "GET ws://{foreigner}/a",
                "GET http:/{foreigner}/a",
                "GET http:{foreigner}/a",
                "GET http:///a",
                "GET http://user:word@{foreigner}/a",
                "GET http://x http://{foreigner}/a",
                "GET http://{foreigner}\\@x/a",
                "GET http://{foreigner}/../a",
                "GET http://{foreigner}//a",
                "GET ?a",
                "GET *",
                "OPTIONS *",
                "GET @{foreigner}/a",
                "GET /a#b",
                "GET /a#/../b",
                "GET /a\u0000b",
                "GET /a\u0001b",
                "GET /a\u007fb",
                "GET /a\u00e9b",
                "GET /a?b=\u0001",
                "GET /a?b=\u00e9",
                "GET /%zz",
                "GET /%",
                "GET /%4",
                "GET /a?b=%zz",
                "GET /a?b=%"
            })
    void refusesWhatIsNoPath(String target) throws Exception {
        String line = target.replace("{foreigner}", "127.0.0.1:" + foreigner.port());
        for (String token : credentials().toList()) {
            assertRefused(line + " HTTP/1.1\r\nHost: x\r\n" + token + "\r\n");
        }
        assertThat(foreigner.connections()).isZero();
    }

    // ────────────────────────────────────────────────────────────────────────────────────────────

    /** By the express lane, and by the front door. */
    static Stream<String> credentials() {
        return Stream.of(header(), "Cookie: queue-" + ROOM + "=" + INSIDE.token() + "\r\n");
    }

    private static String header() {
        return "Queue-Token: " + INSIDE.token() + "\r\n";
    }

    /** Once, in words, and then there is nobody to talk to any more. */
    private static void assertRefused(String bytes) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(bytes);

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 400 ")
                    .containsIgnoringCase("connection: close")
                    .contains("application/problem+json", "\"validation-failed\"")
                    .containsOnlyOnce("HTTP/1.1");
        }
        assertThatTheNextRequestIsItself();
    }

    private static ByteUpstream.Arrived assertForwardedOnce(String bytes, String body)
            throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(bytes);

            assertThat(connection.next().body()).isEqualTo("ok");
        }
        List<ByteUpstream.Arrived> arrived = upstream.arrived();
        assertThat(arrived).hasSize(1);
        assertThat(arrived.getFirst().body()).isEqualTo(body);
        assertThatTheNextRequestIsItself();
        return arrived.getFirst();
    }

    /** It takes the only connection to the upstream: whatever was slipped in comes before it. */
    private static void assertThatTheNextRequestIsItself() {
        assertThat(INSIDE.gets(gateway, "/next").statusCode()).isEqualTo(200);
        assertThat(upstream.arrived())
                .singleElement()
                .extracting(ByteUpstream.Arrived::line)
                .isEqualTo("GET /next HTTP/1.1");
    }
}
