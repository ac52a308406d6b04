package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Passes;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.connection.RandomBytes;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What bodies may take: those that drip in, those that are large, those of strangers. */
class BodyTests {

    private static final int MANY = 40;
    private static final int SLOW = 16;
    private static final long MEGABYTE = 1 << 20;

    /** Almost as much as one may say to the queue. */
    private static final int CALL = 16_000;

    /** One byte less than is waited for before a connection is taken. */
    private static final int ALMOST_ENOUGH = 64 * 1024 - 1;

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static volatile Duration later = Duration.ZERO;

    static final class MovedClock {

        @Bean
        @Primary
        InstantSource movedClock() {
            return () -> Instant.now().plus(later);
        }
    }

    private final Visitor visitor = new Visitor("main");

    /** Bodies of the test before may still be on their way. */
    private final String own = "/api/v1/" + visitor.user();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        CountedBuffers.SETTING + "," + MovedClock.class.getName(),
                        "stagedoor.rooms.main.capacity=1000",
                        "stagedoor.rooms.gone.paths=/gone/**",
                        "stagedoor.rooms.gone.open-paths=POST /gone/**",
                        "stagedoor.rooms.gone.origin=http://127.0.0.1:" + FreePort.find(),
                        "stagedoor.upstream.connections=2",
                        "stagedoor.upstream.open-connections=2",
                        "stagedoor.upstream.pending-timeout=300ms",
                        "stagedoor.upstream.max-body-size=200KB",
                        "stagedoor.gateway.read-timeout=5m");
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

        try (Connection connection = posting(own, token(), size, "x".repeat(size))) {
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

    /** The one of when it came would not be good any more. */
    @Test
    void goesOnWithAPassOfThatTimeHoweverSlowlyABodyHasCome() throws Exception {
        Queue<String> passes = new ConcurrentLinkedQueue<>();
        upstream.answers(
                (request, response) -> {
                    if (request.uri().equals(own)) {
                        passes.add(request.requestHeaders().get(Headers.PASS));
                    }
                    return request.receive().then(response.send());
                });
        visitor.joins(gateway);
        String signedIn =
                new AccessTokens(List.of(Gateways.ACCESS_KEY), InstantSource.system())
                        .sign(new Bearer(visitor.user(), UUID.randomUUID()));
        try (Connection slow = posting(own, token(), 2, "x")) {
            await().until(() -> CountedBuffers.keptBy(gateway) > 0);
            untilAllThatHasComeIsRead();
            later = Duration.ofMinutes(2);
            // The pass that is kept for the next request is another one from now on.
            Visitor.send(
                    Visitor.request(gateway, "/api/v1/x")
                            .header("Queue-Token", visitor.token())
                            .header("Authorization", "Bearer " + signedIn));

            slow.send("x");

            assertThat(slow.nextStatus()).isEqualTo(200);
            InstantSource now = gateway.getBean(InstantSource.class);
            assertThat(new Passes(List.of(Gateways.PASS_KEY), now).verify(passes.element()))
                    .isPresent();
        } finally {
            later = Duration.ZERO;
        }
    }

    /** The rest would be taken for requests by the next upstream, or the next request for it. */
    @Test
    void asksNothingMoreOfAnUpstreamThatStillWaitsForTheRest() throws Exception {
        upstream.answers((_, response) -> response.status(409).send());
        visitor.joins(gateway);
        for (int i = 0; i < MANY; i++) {
            try (Connection connection =
                    posting("/api/v1/x", token(), 190_000, "x".repeat(100_000 + i))) {
                assertThat(connection.nextStatus()).isEqualTo(409);
            }
            assertThat(visitor.gets(gateway, "/api/v1/next").statusCode()).isEqualTo(409);
        }

        assertThatNothingIsKept();
    }

    // ── what is kept ────────────────────────────────────────────────────────────────────────────

    @Test
    void keepsNothingOfBodiesWhoseUpstreamIsAway() throws Exception {
        for (int i = 0; i < MANY; i++) {
            try (Connection connection = posting("/gone/x", "", 60_000, "x".repeat(60_000))) {
                assertThat(connection.nextStatus()).isEqualTo(502);
            }
        }

        assertThatNothingIsKept();
    }

    @Test
    void keepsNothingOfBodiesThatGetNoConnectionInTime() throws Exception {
        AtomicInteger held = new AtomicInteger();
        Sinks.Empty<Void> end = Sinks.empty();
        upstream.answers(
                (_, response) ->
                        end.asMono()
                                .doOnSubscribe(_ -> held.incrementAndGet())
                                .then(response.send()));
        visitor.joins(gateway);
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                connections.add(posting("/api/v1/x", token(), 1, "x"));
            }
            await().until(() -> held.get() == 2);
            for (int i = 0; i < MANY; i++) {
                connections.add(posting("/api/v1/x", token(), 60_000, "x".repeat(60_000)));
            }
            for (Connection late : connections.subList(2, connections.size())) {
                assertThat(late.nextStatus()).isEqualTo(503);
            }
        } finally {
            end.tryEmitEmpty(); // what has reached it is waited for
            for (Connection connection : connections) {
                connection.close();
            }
        }

        assertThatNothingIsKept();
    }

    @Test
    void keepsNothingOfBodiesOfThoseWhoHangUp() throws Exception {
        upstream.answers((_, _) -> Mono.never());
        visitor.joins(gateway);
        for (int i = 0; i < MANY; i++) {
            posting("/api/v1/x", token(), 190_000, "x".repeat(100_000 + i)).close();
        }

        assertThatNothingIsKept();
    }

    @Test
    void keepsOfABodyInSmallPiecesNotMuchMoreThanItsBytes() throws Exception {
        AtomicLong received = receiving();
        visitor.joins(gateway);
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < SLOW; i++) {
            Connection connection = new Connection(gateway);
            connections.add(connection);
            connection.send(
                    "POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n".formatted(own)
                            + token()
                            + "\r\n"
                            + "1\r\nx\r\n".repeat(ALMOST_ENOUGH));
        }
        long bytes = (long) SLOW * ALMOST_ENOUGH;
        await().until(() -> CountedBuffers.keptBy(gateway) >= bytes);
        untilAllThatHasComeIsRead();

        await().untilAsserted(
                        () -> assertThat(CountedBuffers.keptBy(gateway)).isLessThan(3 * bytes / 2));

        for (Connection connection : connections) {
            connection.send("0\r\n\r\n");
            assertThat(connection.nextStatus()).isEqualTo(200);
            connection.close();
        }
        assertThat(received).hasValue(bytes);
        assertThatNothingIsKept();
    }

    /** The framework has to know all of it. */
    @ParameterizedTest
    @CsvSource({
        "/api/v1/queue/tokens, application/json, 400",
        "/api/v1/queue/page/join, application/x-www-form-urlencoded, 303"
    })
    void keepsOfACallInPacketsOfOneByteNotMuchMoreThanItsBytes(String path, String type, int status)
            throws Exception {
        visitor.joins(gateway);
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                            .formatted(path, type, CALL));
            for (int i = 0; i < CALL - 1; i++) {
                connection.send(" ");
            }
            await().until(() -> CountedBuffers.keptBy(gateway) >= CALL - 1);
            untilAllThatHasComeIsRead();

            assertThat(CountedBuffers.keptBy(gateway)).isBetween(CALL - 1L, 2L * CALL);

            connection.send("x");
            assertThat(connection.nextStatus()).isEqualTo(status);
        }
        assertThatNothingIsKept();
    }

    /** What the kernel holds of it comes on top, and is none of ours. */
    @Test
    void keepsLittleOfAnAnswerThatAClientDoesNotTakeIn() throws Exception {
        visitor.joins(gateway);
        RandomBytes answer = new RandomBytes(100 << 20);
        upstream.answers((_, response) -> response.sendByteArray(answer.parts()));
        try (Connection connection = new Connection(gateway)) {
            connection.send("GET /api/v1/x HTTP/1.1\r\nHost: x\r\n" + token() + "\r\n");
            AtomicLong before = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(300))
                    .until(
                            () ->
                                    answer.made() > 0
                                            && before.getAndSet(answer.made()) == answer.made());

            assertThat(CountedBuffers.keptBy(gateway)).isBetween(1L, 512L << 10);
        }
        assertThatNothingIsKept();
    }

    @Test
    void refusesABodyThatThereIsNoRoomFor() throws Exception {
        AtomicLong received = receiving();
        visitor.joins(gateway);
        Shares.Share others = others();
        long all = all(others, Limit.BODIES);
        try (Connection connection = posting(own, token(), 200_000, "x")) {
            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 503 ")
                    .containsIgnoringCase("Retry-After: 1")
                    .contains("upstream-busy");
        } finally {
            others.letsGo(Limit.BODIES, all);
        }

        assertThat(received).hasValue(0);
        assertThatNothingIsKept();
    }

    @Test
    void hasRoomForThoseInsideWhateverACrowdOutsideSends() throws Exception {
        AtomicLong received = receiving();
        visitor.joins(gateway);
        Shares.Share others = others();
        long all = all(others, Limit.OPEN_BODIES);
        try (Connection outside = posting("/api/v1/users", "", 1, "x");
                Connection inside = posting(own, token(), 1, "x")) {
            assertThat(outside.nextStatus()).isEqualTo(503);
            assertThat(inside.nextStatus()).isEqualTo(200);
        } finally {
            others.letsGo(Limit.OPEN_BODIES, all);
        }

        assertThat(received).hasValue(1);
    }

    /** Who has no share of their own. */
    private static Shares.Share others() throws Exception {
        return gateway.getBean(Shares.class).of(InetAddress.ofLiteral("127.9.9.9"));
    }

    private static long all(Shares.Share others, Limit kind) {
        long all = 0;
        for (long part = MEGABYTE; part > 0; part /= 2) {
            while (others.keeps(kind, part)) {
                all += part;
            }
        }
        assertThat(all).isPositive();
        return all;
    }

    /** With each of these, every event loop has been all round its connections. */
    private void untilAllThatHasComeIsRead() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThat(visitor.polls(gateway).statusCode()).isEqualTo(200);
        }
    }

    private static void assertThatNothingIsKept() {
        await().untilAsserted(() -> assertThat(CountedBuffers.keptBy(gateway)).isZero());
    }

    // ────────────────────────────────────────────────────────────────────────────────────────────

    private AtomicLong receiving() {
        AtomicLong received = new AtomicLong();
        upstream.answers(
                (request, response) ->
                        request.receive()
                                .asByteArray()
                                .filter(_ -> request.uri().equals(own))
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
