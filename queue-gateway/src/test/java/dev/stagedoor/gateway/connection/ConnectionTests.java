package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What happens on one connection, byte by byte. */
@Order(1)
class ConnectionTests {

    private static final String ROOM = "wire-" + UUID.randomUUID().toString().substring(0, 8);

    private static final String PASSWORD = "let me look in";

    /** Read-timeout, and half of it. */
    private static final Duration LONGER_THAN_A_HEAD_MAY_TAKE = Duration.ofMillis(1_500);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final Visitor visitor = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                start(
                        "stagedoor.ops.password=" + PASSWORD,
                        "stagedoor.gateway.read-timeout=1s",
                        "stagedoor.gateway.min-body-rate=5B",
                        "stagedoor.upstream.max-body-size=50MB");
    }

    private static ConfigurableApplicationContext start(String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("stagedoor.rooms." + ROOM + ".capacity=1000");
        all.add("stagedoor.rooms." + ROOM + ".interval=100ms");
        return Gateways.startOn(redis.url(), upstream.url(), all.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void somebodyIsInside() {
        upstream.answers((_, response) -> response.sendString(Mono.just("hello")));
        visitor.joins(gateway);
    }

    @Test
    void answersOnAndOnAfterRequestsThatWereSentAheadOfTheirTurn() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            for (int i = 0; i < 50; i++) {
                connection.send(leaving() + refused() + forwardedThat("is " + i));

                assertThat(connection.nextStatus()).isEqualTo(204);
                assertThat(connection.nextStatus()).isEqualTo(401);
                assertThat(connection.nextStatus()).isEqualTo(401);
            }
        }
    }

    @Test
    void answersOnAndOnToWhoeverAsksTheMomentTheAnswerIsThere() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            for (int i = 0; i < 500; i++) {
                connection.send(leaving());
                assertThat(connection.nextStatus()).isEqualTo(204);
                connection.send(refused());
                assertThat(connection.nextStatus()).isEqualTo(401);
            }
        }
    }

    @Test
    void answersOnAndOnAtTheManagementPortToo() throws Exception {
        String refused = "GET /ops/api/rooms HTTP/1.1\r\nHost: x\r\n\r\n";
        try (Connection connection = new Connection(gateway, "local.management.port")) {
            for (int i = 0; i < 50; i++) {
                connection.send(askedOfOps() + refused + refused);

                assertThat(connection.nextStatus()).isEqualTo(200);
                assertThat(connection.nextStatus()).isEqualTo(401);
                assertThat(connection.nextStatus()).isEqualTo(401);
            }
        }
    }

    @Test
    void closesWhenAHeadDripsIn() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            long begun = System.nanoTime();

            connection.drips("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", Duration.ofMillis(100));

            assertThat(connection.nextStatus()).isEqualTo(408);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(50));
        }
    }

    /** As old clients send one. Whoever is told 408 takes it for the answer to the next request. */
    @Test
    void takesAnEmptyLineAfterABodyForNoRequest() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        try (Connection connection = new Connection(gateway)) {
            connection.send(posting("") + "3\r\none\r\n0\r\n\r\n");
            assertThat(connection.nextStatus()).isEqualTo(200);

            connection.send("\r\n");
            LockSupport.parkNanos(LONGER_THAN_A_HEAD_MAY_TAKE.toNanos()); // what is tried
            connection.send(refused());

            assertThat(connection.nextStatus()).isEqualTo(401);
        }
    }

    @Test
    void closesWhenEmptyLinesDripIn() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send("\r\n");
            connection.send(refused());
            assertThat(connection.nextStatus()).isEqualTo(401);

            connection.drips("\r\n\r\n", Duration.ofMillis(100), "\r\n");

            assertThat(connection.nextStatus()).isEqualTo(408);
        }
    }

    @Test
    void closesWhenABodyDripsInWithoutEnd() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        try (ConfigurableApplicationContext impatient =
                        start("stagedoor.gateway.request-timeout=2s");
                Connection connection = new Connection(impatient)) {
            long begun = System.nanoTime();
            connection.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\nContent-Length: 100000\r\n\r\n");

            connection.drips("", Duration.ofMillis(2)); // twice as fast as it must be

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(50));
        }
    }

    @Test
    void closesWhenABodyDripsInTooSlowlyToEverEnd() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            long begun = System.nanoTime();
            connection.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\nContent-Length: 100000\r\n\r\n");

            connection.drips("", Duration.ofMillis(400));

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(50));
        }
    }

    /** At the third try at the latest: on a busy machine the client may pause as well. */
    @Test
    void blamesNobodyForAPauseThatTheUpstreamMakes() throws Exception {
        boolean isAnswered = false;
        for (int i = 0; i < 3 && !isAnswered; i++) {
            isAnswered = isWholeAfterAPauseOfTheUpstream();
        }

        assertThat(isAnswered).isTrue();
    }

    private boolean isWholeAfterAPauseOfTheUpstream() throws Exception {
        AtomicLong received = new AtomicLong();
        upstream.answers(
                (request, response) ->
                        Mono.delay(Duration.ofMillis(1_800))
                                .thenMany(request.receive().asByteArray())
                                .doOnNext(part -> received.addAndGet(part.length))
                                .then(response.send()));
        byte[] body = new byte[40 << 20];
        ThreadLocalRandom.current().nextBytes(body);

        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\nContent-Length: "
                            + body.length
                            + "\r\n\r\n");
            connection.send(body);

            return connection.nextStatus() == 200 && received.get() == body.length;
        } catch (SocketException _) {
            return false;
        }
    }

    @Test
    void doesNotPassOnWhatFollowsTheBodyOfAnAnswer() throws Exception {
        upstream.answers(
                (_, response) ->
                        response.header("Trailer", "X-Checksum")
                                .trailerHeaders(trailers -> trailers.set("X-Checksum", "abc"))
                                .sendString(Flux.just("one", "two")));
        try (Connection connection = new Connection(gateway)) {
            connection.send(forwardedThat("has a trailer"));

            String answer = connection.readUntil("\r\n0\r\n\r\n");

            assertThat(answer).startsWith("HTTP/1.1 200").doesNotContain("X-Checksum");
        }
    }

    @Test
    void doesNotPassOnWhatFollowsTheBodyOfARequest() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    posting("Trailer: X-Checksum\r\n")
                            + "3\r\none\r\n0\r\n"
                            + "X-Checksum: abc\r\nStagedoor-Pass: forged\r\n"
                            + "X-Forwarded-For: 10.0.0.1\r\n\r\n"
                            + refused());

            assertThat(connection.nextStatus()).isEqualTo(200);
            assertThat(connection.nextStatus()).isEqualTo(401);
        }
        assertThat(upstream.nextTrailers()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "GET"})
    void sendsABodyOnAsItComes(String method) throws Exception {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        upstream.answers(
                (request, response) ->
                        request.receive().asString().doOnNext(received::add).then(response.send()));
        try (Connection connection = new Connection(gateway)) {
            connection.send(sending(method, "") + "10000\r\n" + "1".repeat(0x10000) + "\r\n");
            for (int sofar = 0; sofar < 0x10000; ) {
                String part = received.poll(1, TimeUnit.MINUTES);
                assertThat(part).isNotNull().doesNotContain("two");
                sofar += part.length();
            }

            connection.send("3\r\ntwo\r\n0\r\n\r\n");
            assertThat(received.poll(1, TimeUnit.MINUTES)).isEqualTo("two");
            assertThat(connection.nextStatus()).isEqualTo(200);
        }
    }

    @Test
    void looksAtEveryAddressHoweverSoundTheOnesBeforeWere() throws Exception {
        String hidden = "GET /api/v1/seats/../x HTTP/1.1\r\nHost: x\r\n\r\n";
        try (Connection connection = new Connection(gateway)) {
            connection.send(refused() + refused() + hidden);

            assertThat(connection.nextStatus()).isEqualTo(401);
            assertThat(connection.nextStatus()).isEqualTo(401);
            assertThat(connection.nextStatus()).isEqualTo(400);
        }
    }

    @Test
    void answersOnAfterAHeadThatHasNoAnswer() throws Exception {
        upstream.answers(
                (request, _) -> {
                    request.withConnection(connection -> connection.channel().close());
                    return Mono.never();
                });
        try (Connection connection = new Connection(gateway)) {
            connection.send(forwardedThat("is none").replaceFirst("GET", "HEAD"));
            assertThat(connection.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 502");

            connection.send(refused());

            assertThat(connection.nextStatus()).isEqualTo(401);
        }
    }

    /** The body that follows is chunked. */
    private String posting(String headers) {
        return sending("POST", headers);
    }

    private String sending(String method, String headers) {
        return method
                + " /api/v1/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nQueue-Token: "
                + visitor.token()
                + "\r\n"
                + headers
                + "\r\n";
    }

    private String leaving() {
        return "DELETE /api/v1/queue/tokens/current HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                + visitor.token()
                + "\r\n\r\n";
    }

    private static String askedOfOps() {
        return "GET /ops/api/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + PASSWORD
                + "\r\n\r\n";
    }

    private static String refused() {
        return "GET /api/v1/seats HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    private String forwardedThat(String remark) {
        return "GET /api/v1/seats HTTP/1.1\r\nHost: x\r\nX-Remark: "
                + remark
                + "\r\nQueue-Token: "
                + visitor.token()
                + "\r\n\r\n";
    }
}
