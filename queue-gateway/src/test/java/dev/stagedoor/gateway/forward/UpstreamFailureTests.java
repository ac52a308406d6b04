package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.RawUpstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** An upstream that answers nothing, nonsense, too late or half: what the client is told of it. */
@Order(1)
class UpstreamFailureTests {

    private static final String ROOM = "broken-" + UUID.randomUUID().toString().substring(0, 8);
    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(1);

    /** Whatever else gives up does so later: a busy machine may take its time. */
    private static final Duration IN_TIME = Duration.ofMinutes(1);

    /** Ten seconds are the library's own, of which nobody is told. */
    private static final Duration BEFORE_NETTY = Duration.ofSeconds(9);

    private static final String HEAD_OF_A_LETTER =
            """
            HTTP/1.1 200 OK\r
            Content-Type: text/plain\r
            Content-Encoding: gzip\r
            Set-Cookie: half=1\r
            ETag: "half"\r
            Location: /half\r
            Content-Length: 100\r
            \r
            """;

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String OK_OF_ANOTHER = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

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
                        "stagedoor.upstream.body-buffer=1B",
                        "stagedoor.upstream.max-body-size=1GB",
                        "stagedoor.rooms." + ROOM + ".capacity=10",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.rooms.secure.paths=/secure/**",
                        "stagedoor.rooms.secure.origin="
                                + upstream.url().replace("http:", "https:"),
                        "stagedoor.upstream.connect-timeout=200ms",
                        "stagedoor.upstream.connections=4",
                        "stagedoor.upstream.response-timeout=" + RESPONSE_TIMEOUT.toMillis() + "ms",
                        "stagedoor.gateway.read-timeout=2m",
                        "stagedoor.gateway.idle-timeout=2m",
                        "stagedoor.gateway.write-timeout=2m",
                        "stagedoor.gateway.cors-origins=https://shop.example");
        VISITOR.joins(gateway);
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void saysThatNobodyIsThere() throws Exception {
        upstream.goesAway();

        HttpResponse<String> answer = VISITOR.gets(gateway, "/api/v1/gone");
        upstream.comesBack();

        assertProblem(answer, 502, "upstream-unreachable");
    }

    @Test
    void saysThatNobodyAgreesOnASecureConnection() {
        upstream.plays(RawUpstream::waitForTheEnd);
        Visitor visitor = new Visitor("secure");
        visitor.joins(gateway);
        long begun = System.nanoTime();

        HttpResponse<String> answer = visitor.gets(gateway, "/secure/seats");

        assertProblem(answer, 502, "upstream-unreachable");
        assertThat(since(begun)).isLessThan(BEFORE_NETTY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "220 smtp.example ESMTP ready\r\n\r\n",
                "\u0016\u0003\u0001\u0002nonsense\r\n\r\n",
                "HTTP/1.1 two hundred OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nab",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Len"
            })
    void saysThatWhatCameIsNoAnswer(String nonsense) {
        upstream.answers(nonsense);

        assertProblem(VISITOR.gets(gateway, "/api/v1/odd"), 502, "upstream-unreachable");
    }

    /** Of a connection that were used again the next one would hear that all is well. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "99", "600", "999", "99999", "-200", "2OO", ""})
    void saysThatAStatusOfNoKindIsNoAnswerWhicheverWayItTakes(String status) {
        upstream.plays(
                connection -> {
                    RawUpstream.answer(
                            connection, "HTTP/1.1 " + status + " OK\r\nContent-Length: 0\r\n\r\n");
                    RawUpstream.answer(connection, OK);
                });

        assertProblem(VISITOR.gets(gateway, "/api/v1/odd"), 502, "upstream-unreachable");
        assertProblem(
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/odd")
                                .header("Queue-Token", VISITOR.token())
                                .POST(BodyPublishers.ofString("x"))),
                502,
                "upstream-unreachable");
        assertProblem(VISITOR.gets(gateway, "/api/v1/odd"), 502, "upstream-unreachable");
    }

    @Test
    void saysThatAWebSocketNobodyAskedForIsNoAnswer() {
        upstream.answersAndWaits(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        + "Connection: upgrade\r\nSec-WebSocket-Accept: any\r\n\r\nab");

        assertProblem(VISITOR.gets(gateway, "/api/v1/odd"), 502, "upstream-unreachable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 %s\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Huge: %s\r\n\r\n"})
    void saysThatAHeadIsTooLarge(String head) {
        upstream.answers(head.formatted("x".repeat(100_000)));

        assertProblem(VISITOR.gets(gateway, "/api/v1/huge"), 502, "upstream-unreachable");
    }

    @Test
    void saysThatAHeadBeforeTheAnswerIsTooLarge() {
        upstream.answersAndWaits(
                "HTTP/1.1 103 Early Hints\r\nX-Huge: %s\r\n\r\n".formatted("x".repeat(100_000)));

        assertProblem(VISITOR.gets(gateway, "/api/v1/huge"), 502, "upstream-unreachable");
    }

    @Test
    void leavesNothingOfAnAnswerThatBreaksOffBeforeItHasBegunToGoOn() {
        upstream.answers(HEAD_OF_A_LETTER + "only a little");

        HttpResponse<String> answer = VISITOR.gets(gateway, "/api/v1/half");

        assertProblem(answer, 502, "upstream-unreachable");
        assertNothingIsLeftOfTheLetter(answer);
    }

    @Test
    void leavesNothingOfAnAnswerThatStallsBeforeItHasBegunToGoOn() {
        upstream.answersAndWaits(HEAD_OF_A_LETTER + "only a little");

        HttpResponse<String> answer = VISITOR.gets(gateway, "/api/v1/half");

        assertProblem(answer, 504, "upstream-timeout");
        assertNothingIsLeftOfTheLetter(answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 100000", "Transfer-Encoding: chunked"})
    void breaksOffWhenALongAnswerStallsInTheMiddle(String length) {
        upstream.answersAndWaits("HTTP/1.1 200 OK\r\n" + length + "\r\n\r\n5\r\nhello\r\n");
        long begun = System.nanoTime();

        assertThatThrownBy(() -> VISITOR.gets(gateway, "/api/v1/half"))
                .hasMessageStartingWith("no answer");

        assertThat(since(begun)).isBetween(RESPONSE_TIMEOUT, IN_TIME);
    }

    @Test
    void breaksOffWhenALongAnswerTurnsIntoNonsense() {
        upstream.answersAndWaits(
                "HTTP/1.1 200 OK\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "5\r\n"
                        + "hello\r\n"
                        + "ZZ\r\n"
                        + "nonsense");

        assertThatThrownBy(() -> VISITOR.gets(gateway, "/api/v1/half"))
                .hasMessageStartingWith("no answer");
    }

    @Test
    void givesUpOnAHeadThatDripsIn() {
        upstream.plays(
                connection -> {
                    RawUpstream.answer(connection, "HTTP/1.1 200 OK\r\nX-Slow: ");
                    while (true) {
                        LockSupport.parkNanos(RESPONSE_TIMEOUT.dividedBy(5).toNanos());
                        RawUpstream.say(connection, "x");
                    }
                });
        long begun = System.nanoTime();

        HttpResponse<String> answer = VISITOR.gets(gateway, "/api/v1/drip");

        assertProblem(answer, 504, "upstream-timeout");
        assertThat(answer.headers().firstValue("Retry-After")).contains("30");
        assertThat(since(begun)).isBetween(RESPONSE_TIMEOUT, IN_TIME);
    }

    /** Where it has: on a busy machine a pause may last longer than it is to. */
    @Test
    void hasPatienceWithAnAnswerThatComesBitByBit() {
        AtomicLong longestPause = new AtomicLong();
        upstream.plays(
                connection -> {
                    RawUpstream.answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
                    for (String letter : "hello".split("")) {
                        long begun = System.nanoTime();
                        LockSupport.parkNanos(RESPONSE_TIMEOUT.dividedBy(4).toNanos());
                        RawUpstream.say(connection, letter);
                        longestPause.accumulateAndGet(System.nanoTime() - begun, Math::max);
                    }
                });
        HttpResponse<String> answer;
        do {
            longestPause.set(0);
            answer = VISITOR.gets(gateway, "/api/v1/slow");
        } while (longestPause.get() > RESPONSE_TIMEOUT.dividedBy(2).toNanos());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("hello");
    }

    @Test
    void givesUpOnAnUpstreamThatNeverTakesAnUploadIn() {
        CountDownLatch hasGivenUp = new CountDownLatch(1);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    hasGivenUp.await();
                });
        long begun = System.nanoTime();

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/upload")
                                .timeout(IN_TIME)
                                .header("Queue-Token", VISITOR.token())
                                .POST(BodyPublishers.ofByteArray(new byte[60 << 20])));

        hasGivenUp.countDown();
        assertProblem(answer, 504, "upstream-timeout");
        assertThat(since(begun)).isBetween(RESPONSE_TIMEOUT, IN_TIME);
    }

    @Test
    void passesOnARefusalThatComesBeforeTheUploadIsThere() throws Exception {
        upstream.answersAndWaits("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /api/v1/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
                            + "Queue-Token: "
                            + VISITOR.token()
                            + "\r\n\r\nonly a little");

            assertThat(connection.nextStatus()).isEqualTo(413);
        }
    }

    @Test
    void letsAPageOfAnotherOriginReadWhatWentWrong() {
        upstream.answers("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 9");

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/half")
                                .header("Origin", "https://shop.example")
                                .header("Queue-Token", VISITOR.token()));

        assertProblem(answer, 502, "upstream-unreachable");
        assertThat(answer.headers().allValues("Access-Control-Allow-Origin"))
                .containsExactly("https://shop.example");
    }

    /** A browser asks by OPTIONS before it calls another site. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "OPTIONS"})
    void asksOnceMoreWhereTheConnectionWasStale(String method) {
        hangsUpAtTheSecondRequest();

        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer =
                    Visitor.send(
                            Visitor.request(gateway, "/api/v1/stale")
                                    .header("Queue-Token", VISITOR.token())
                                    .method(method, BodyPublishers.noBody()));
            assertThat(answer.body()).isEqualTo("ok");
        }
    }

    @Test
    void asksForNothingTwiceOnAConnectionThatWasNew() {
        AtomicInteger asked = new AtomicInteger();
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    asked.incrementAndGet();
                });

        assertProblem(VISITOR.gets(gateway, "/api/v1/stale"), 502, "upstream-unreachable");

        assertThat(asked).hasValue(1);
    }

    /** The connection was none that had been closed before. */
    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 103 Early", "H"})
    void asksForNothingTwiceOfWhichTheUpstreamHasBegunToSpeak(String words) {
        AtomicInteger asked = new AtomicInteger();
        upstream.plays(
                connection -> {
                    RawUpstream.answer(connection, OK);
                    RawUpstream.answer(connection, words);
                    asked.incrementAndGet();
                });
        VISITOR.gets(gateway, "/api/v1/stale");

        assertProblem(VISITOR.gets(gateway, "/api/v1/stale"), 502, "upstream-unreachable");
        assertThat(asked).hasValue(1);
    }

    /** Nor that has a body, of which nothing is kept. */
    @ParameterizedTest
    @CsvSource({"DELETE, ''", "GET, body"})
    void asksForNothingTwiceThatMayChangeSomething(String method, String body) {
        hangsUpAtTheSecondRequest();
        VISITOR.gets(gateway, "/api/v1/stale");

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/stale")
                                .header("Queue-Token", VISITOR.token())
                                .method(method, BodyPublishers.ofString(body)));

        assertProblem(answer, 502, "upstream-unreachable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                OK_OF_ANOTHER,
                "HTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: ",
                "HTTP/1.1 200 OK\r\n",
                "H"
            })
    void givesNobodyAnAnswerThatNobodyHasAskedFor(String more) {
        upstream.plays(
                connection -> {
                    RawUpstream.answer(connection, OK + more);
                    RawUpstream.answer(connection, OK_OF_ANOTHER);
                });

        for (int i = 0; i < 3; i++) {
            assertThat(VISITOR.gets(gateway, "/api/v1/behind").body()).isEqualTo("ok");
        }
    }

    /** As if the request had met the end of the connection on its way. */
    private static void hangsUpAtTheSecondRequest() {
        upstream.plays(
                connection -> {
                    RawUpstream.answer(connection, OK);
                    RawUpstream.readHead(connection);
                });
    }

    private static Duration since(long begun) {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo(code);
    }

    private static void assertNothingIsLeftOfTheLetter(HttpResponse<String> answer) {
        assertThat(answer.headers().map())
                .doesNotContainKeys("content-encoding", "set-cookie", "etag", "location");
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
    }
}
