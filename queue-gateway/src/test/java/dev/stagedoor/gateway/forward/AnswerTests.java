package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.RawUpstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.util.UUID;

/** Answers that mean something by their form: they go on as they came. */
class AnswerTests {

    private static final String ROOM = "answer-" + UUID.randomUUID().toString().substring(0, 8);

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static RawUpstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static final Visitor VISITOR = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new RawUpstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=10",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.upstream.response-timeout=2s");
        VISITOR.joins(gateway);
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void tellsHowLongTheBodyWouldBe() throws Exception {
        upstream.answers("HTTP/1.1 200 OK\r\nContent-Length: 4711\r\nETag: \"x\"\r\n\r\n");

        try (Connection connection = asking("HEAD", "")) {
            assertThat(connection.readUntil("\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .containsIgnoringCase("content-length: 4711\r\n")
                    .containsIgnoringCase("etag: \"x\"\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 4711\r\n", ""})
    void saysThatNothingHasChanged(String length) throws Exception {
        upstream.answers("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n" + length + "\r\n");

        try (Connection connection = asking("GET", "If-None-Match: \"x\"\r\n")) {
            assertThat(connection.readUntil("\r\n\r\n"))
                    .startsWith("HTTP/1.1 304 Not Modified\r\n")
                    .containsIgnoringCase("etag: \"x\"\r\n")
                    .containsIgnoringCase(length)
                    .doesNotContainIgnoringCase("transfer-encoding");
        }
    }

    @Test
    void passesAPartOn() throws Exception {
        upstream.answers(
                """
                HTTP/1.1 206 Partial Content\r
                Content-Range: bytes 2-5/10\r
                Accept-Ranges: bytes\r
                ETag: "x"\r
                Content-Length: 4\r
                \r
                cdef\
                """);

        try (Connection connection = asking("GET", "Range: bytes=2-5\r\n")) {
            assertThat(connection.readUntil("cdef"))
                    .startsWith("HTTP/1.1 206 Partial Content\r\n")
                    .containsIgnoringCase("content-range: bytes 2-5/10\r\n")
                    .containsIgnoringCase("accept-ranges: bytes\r\n")
                    .containsIgnoringCase("content-length: 4\r\n")
                    .containsIgnoringCase("etag: \"x\"\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 102 Processing\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
            })
    void keepsToItselfWhatIsSaidBeforeTheAnswer(String interim) throws Exception {
        upstream.plays(
                connection -> {
                    RawUpstream.answer(connection, interim);
                    RawUpstream.say(
                            connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                });

        try (Connection connection = asking("GET", "")) {
            assertThat(connection.readUntil("hello"))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .doesNotContain("HTTP/1.1 1", "preload");
        }
    }

    /** Which one it is was said to us only, and nobody could read it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip, chunked",
                "gzip\r\nTransfer-Encoding: chunked",
                "GZIP",
                "chunked, deflate"
            })
    void doesNotPassOnABodyInACodingOfTheWay(String coding) throws Exception {
        upstream.answers(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                        + coding
                        + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

        try (Connection connection = asking("GET", "")) {
            assertThat(connection.next().status()).isEqualTo(502);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "Chunked", "CHUNKED"})
    void takesPartsForNoCoding(String parts) throws Exception {
        upstream.answers(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                        + parts
                        + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

        try (Connection connection = asking("GET", "")) {
            assertThat(connection.readUntil("hello")).startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @Test
    void putsAShortAnswerTogetherOfHoweverManyPieces() throws Exception {
        int pieces = 5_000;
        upstream.plays(
                connection -> {
                    RawUpstream.answer(
                            connection,
                            "HTTP/1.1 200 OK\r\nContent-Length: " + pieces + "\r\n\r\n");
                    for (int i = 0; i < pieces; i++) {
                        RawUpstream.say(connection, i == pieces - 1 ? "!" : "x");
                    }
                });

        try (Connection connection = asking("GET", "")) {
            assertThat(connection.next().body()).isEqualTo("x".repeat(pieces - 1) + "!");
        }
    }

    @Test
    void doesNotPassOnWhatFollowsABodyUnannounced() throws Exception {
        String trailers = "X-Checksum: abc\r\nStagedoor-Session: complete\r\n\r\n";
        upstream.plays(
                connection -> {
                    RawUpstream.answer(
                            connection,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + "5\r\nhello\r\n0\r\n"
                                    + trailers);
                    RawUpstream.answer(
                            connection,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + "4\r\nnext\r\n0\r\n\r\n");
                });

        try (Connection connection = asking("GET", "")) {
            assertThat(connection.readUntil("\r\n0\r\n\r\n"))
                    .contains("hello")
                    .doesNotContain("complete", "X-Checksum");

            connection.send(request("GET", ""));
            assertThat(connection.readUntil("\r\n0\r\n\r\n")).contains("next");
        }
    }

    private static Connection asking(String method, String fields) throws Exception {
        Connection connection = new Connection(gateway);
        connection.send(request(method, fields));
        return connection;
    }

    private static String request(String method, String fields) {
        return method
                + " /api/v1/form HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                + VISITOR.token()
                + "\r\n"
                + fields
                + "\r\n";
    }
}
