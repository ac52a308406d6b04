package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.RawUpstream;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** WebSockets of those who are inside. */
@Order(1)
class WebSocketTests {

    private static final String HANDSHAKE =
            """
            GET /live HTTP/1.1\r
            Host: a\r
            Connection: keep-alive, Upgrade\r
            Upgrade: WebSocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Queue-Token: %s\r
            \r
            """;
    private static final String AGREED =
            """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            Stagedoor-Session: extend=60\r
            \r
            """;

    private static final Operator OPERATOR = new Operator("night", "127.0.0.1");

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static RawUpstream raw;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        raw = new RawUpstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.gateway.trusted-proxies=127.0.0.1",
                        "stagedoor.upstream.connections=1",
                        "stagedoor.upstream.response-timeout=2500ms",
                        "stagedoor.gateway.read-timeout=1s",
                        "stagedoor.gateway.idle-timeout=5s",
                        "stagedoor.gateway.write-timeout=2s",
                        "stagedoor.rooms.main.paths=/**",
                        "stagedoor.rooms.main.open-paths=GET /open",
                        "stagedoor.rooms.main.interval=100ms",
                        "stagedoor.rooms.full.paths=/full/**",
                        "stagedoor.rooms.full.mode=HOLD",
                        "stagedoor.rooms.full.interval=100ms",
                        "stagedoor.rooms.brief.paths=/brief/**",
                        "stagedoor.rooms.brief.session=3500ms",
                        "stagedoor.rooms.brief.claim-timeout=3500ms",
                        "stagedoor.rooms.brief.interval=100ms",
                        "stagedoor.rooms.raw.paths=/live",
                        "stagedoor.rooms.raw.origin=" + raw.url(),
                        "stagedoor.rooms.raw.interval=100ms");
    }

    @AfterEach
    void nothingIsLeftOpen() {
        upstream.answers((_, response) -> response.sendString(Mono.just("hello")));
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
        upstream.close();
        raw.close();
        redis.close();
    }

    @Test
    void carryMessagesBothWaysOneAfterTheOtherOnTheSameFewConnections() throws Exception {
        Visitor visitor = inside("main");
        AtomicReference<String> pass = new AtomicReference<>("");
        upstream.answers(
                (request, response) -> {
                    pass.set(request.requestHeaders().get(Headers.PASS, ""));
                    return response.sendWebsocket(
                            (in, out) ->
                                    out.sendString(
                                            in.receive().asString().map(text -> "echo " + text)));
                });

        for (int i = 0; i < 3; i++) {
            Heard heard = new Heard();
            WebSocket socket = open("/main/live", visitor, heard);
            socket.sendText("one", true).join();
            assertThat(heard.next()).isEqualTo("echo one");
            socket.sendText("x".repeat(100_000), true).join();
            assertThat(heard.nextOf(100_005)).startsWith("echo x").hasSize(100_005);
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
            heard.waitUntilItIsClosed();
        }

        assertThat(pass.get()).isNotEmpty();
    }

    @Test
    void areRefusedToThoseWhoWaitLikeAnyFetch() {
        Visitor waiting = inside("full");

        var refusal = refused("/full/live", waiting);

        assertThat(refusal.getResponse().statusCode()).isEqualTo(429);
    }

    @Test
    void passOnTheRefusalOfTheUpstream() {
        upstream.answers(
                (_, response) -> response.status(403).sendString(Mono.just("members only")));

        for (int i = 0; i < 2; i++) {
            var refusal = refused("/main/live", inside("main"));

            assertThat(refusal.getResponse().statusCode()).isEqualTo(403);
        }
    }

    @Test
    void endWithTheSessionThatIsRevoked() throws Exception {
        Visitor visitor = inside("main");
        echoes();
        Heard heard = new Heard();
        open("/main/live", visitor, heard);

        revoke(visitor, "main");

        heard.waitUntilItIsClosed();
    }

    @Test
    void goOnInARoomThatIsOpenAndEndInOneThatIsClosed() throws Exception {
        Visitor visitor = inside("brief");
        echoes();
        Heard heard = new Heard();
        WebSocket socket = open("/brief/live", visitor, heard);

        change("brief", "OPEN");
        revoke(visitor, "brief");
        room("brief").views().take(3).blockLast();
        socket.sendText("still here", true).join();
        assertThat(heard.next()).isEqualTo("still here");

        change("brief", "CLOSED");
        heard.waitUntilItIsClosed();
        change("brief", "AUTO");
    }

    @Test
    void lastAsLongAsTheSessionWhichTheyLengthenByBeingUsed() throws Exception {
        Visitor visitor = inside("brief");
        echoes();
        Heard heard = new Heard();
        WebSocket socket = open("/brief/live", visitor, heard);
        long first = endOfTheSession(visitor, "brief");
        await().until(
                        () -> {
                            socket.sendText("still here", true).join();
                            assertThat(heard.next()).isEqualTo("still here");
                            return endOfTheSession(visitor, "brief") > first + 1_500;
                        });

        heard.waitUntilItIsClosed();
        assertThat(System.currentTimeMillis()).as("the session went on").isGreaterThan(first);
        assertThat(visitor.polls(gateway).statusCode()).isEqualTo(410);
    }

    @Test
    void areClosedWhenNobodySaysAnything() throws Exception {
        Visitor visitor = inside("main");
        echoes();
        Heard heard = new Heard();
        long begun = System.nanoTime();
        open("/main/live", visitor, heard);

        heard.waitUntilItIsClosed();
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isGreaterThan(Duration.ofMillis(4900));
    }

    @Test
    void loseNothingOfWhatComesWithTheHandshakeAndTellNothingOfOurs() throws Exception {
        Visitor visitor = inside("raw");
        raw.plays(
                connection -> {
                    RawUpstream.answer(connection, AGREED + "first frame");
                    RawUpstream.waitForTheEnd(connection);
                });

        try (Connection connection = new Connection(gateway)) {
            connection.send(HANDSHAKE.formatted(visitor.token()));
            String heard = connection.readUntil("first frame");

            assertThat(heard)
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .containsIgnoringCase("upgrade: websocket")
                    .containsIgnoringCase("connection: upgrade")
                    .contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                    .doesNotContain("Stagedoor");
        }
    }

    /** As some proxies say of them, and of nothing else: {@code wss}. */
    @Test
    void areOfABrowserThatSpeaksHttpsWithAProxy() throws Exception {
        Visitor visitor = inside("raw");
        raw.answersAndWaits(AGREED);

        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    HANDSHAKE
                            .replace(
                                    "Queue-Token: ",
                                    "X-Forwarded-Proto: wss\r\nCookie: __Host-queue-raw=")
                            .formatted(visitor.token()));

            assertThat(connection.readUntil("\r\n\r\n"))
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n");
        }
    }

    @Test
    void carryBytesThatLookLikeRequestsAndNobodyReadsThem() throws Exception {
        Visitor visitor = inside("raw");
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        raw.plays(
                connection -> {
                    RawUpstream.answer(connection, AGREED);
                    byte[] bytes = connection.getInputStream().readNBytes(33);
                    received.add(new String(bytes));
                });

        try (Connection connection = new Connection(gateway)) {
            connection.send(HANDSHAKE.formatted(visitor.token()));
            connection.readUntil("\r\n\r\n");
            connection.send("GET /admin HTTP/1.1\r\nHost: b\r\n\r\n");

            assertThat(received.poll(1, TimeUnit.MINUTES))
                    .isEqualTo("GET /admin HTTP/1.1\r\nHost: b\r\n\r\n");
            assertThat(connection.readUntilItCloses()).isEmpty();
        }
    }

    @Test
    void neitherSideCanMakeTheGatewayHoldWhatTheOtherDoesNotTake() throws Exception {
        Visitor visitor = inside("raw");
        AtomicLong sent = new AtomicLong();
        CountDownLatch over = new CountDownLatch(1);
        raw.plays(
                connection -> {
                    RawUpstream.answer(connection, AGREED);
                    byte[] block = new byte[64 * 1024];
                    try {
                        while (sent.get() < 1L << 30) {
                            connection.getOutputStream().write(block);
                            sent.addAndGet(block.length);
                        }
                    } finally {
                        over.countDown();
                    }
                });

        try (Connection connection = new Connection(gateway)) {
            connection.send(HANDSHAKE.formatted(visitor.token()));
            connection.readUntil("\r\n\r\n");

            assertThat(over.await(1, TimeUnit.MINUTES)).as("closed after write-timeout").isTrue();
            assertThat(sent.get()).isLessThan(64L << 20);
        }
    }

    /** It is sent more than the buffers of the connection to it hold. */
    @Test
    void giveTheirConnectionBackWhenTheVisitorGoesThoughTheSiteTakesNothingMore() throws Exception {
        Visitor visitor = inside("raw");
        CountDownLatch over = new CountDownLatch(1);
        raw.plays(
                connection -> {
                    RawUpstream.answer(connection, AGREED);
                    over.await();
                });
        try (Connection connection = new Connection(gateway)) {
            connection.send(HANDSHAKE.formatted(visitor.token()));
            connection.readUntil("\r\n\r\n");
            connection.send(new byte[5 << 20]);
        } catch (SocketException _) {
            // the buffers here are smaller, and the gateway has closed what was silent
        }

        raw.answersAndWaits(AGREED);

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> {
                            try (Connection next = new Connection(gateway)) {
                                next.send(HANDSHAKE.formatted(visitor.token()));
                                assertThat(next.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101 ");
                            }
                        });
        over.countDown();
    }

    @Test
    void areAskedForByNobodyElseAndNothingElseIsAskedFor() {
        AtomicReference<String> upgrade = new AtomicReference<>("");
        upstream.answers(
                (request, response) -> {
                    upgrade.set(request.requestHeaders().get("Upgrade", "none"));
                    return response.sendString(Mono.just("hello"));
                });
        Visitor visitor = inside("main");

        assertThat(statusOf(HANDSHAKE.formatted(visitor.token()).replace("WebSocket\r", "h2c\r")))
                .isEqualTo(200);
        assertThat(upgrade.get()).isEqualTo("none");
        assertThat(statusOf(HANDSHAKE.formatted("nobody's").replace("/live", "/open")))
                .isEqualTo(200);
        assertThat(upgrade.get()).isEqualTo("none");
    }

    /** There is one for requests, and one for these. */
    @Test
    void takeNoConnectionOfThoseForRequests() throws Exception {
        Visitor visitor = inside("main");
        upstream.answers(
                (request, response) ->
                        request.uri().endsWith("/live")
                                ? response.sendWebsocket((in, _) -> in.receive().then())
                                : response.sendString(Mono.just("hello")));
        WebSocket socket = open("/main/live", visitor, new Heard());

        int asked = visitor.gets(gateway, "/main/seats").statusCode();

        assertThat(asked).isEqualTo(200);
        socket.abort();
    }

    /** As RFC 9110, 7.8 demands: a proxy of that time hands on what it does not understand. */
    @Test
    void areNotAskedForInTheVersionThatKnowsNone() throws Exception {
        Visitor visitor = inside("raw");
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        raw.plays(
                connection -> {
                    asked.add(RawUpstream.readHead(connection));
                    RawUpstream.say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });

        try (Connection connection = new Connection(gateway)) {
            connection.send(HANDSHAKE.replace("HTTP/1.1", "HTTP/1.0").formatted(visitor.token()));

            assertThat(connection.readUntil("\r\n")).startsWith("HTTP/1.0 200 ");
        }
        assertThat(asked.poll(1, TimeUnit.MINUTES)).doesNotContainIgnoringCase("upgrade");
    }

    @Test
    void theGatewayDoesNotWaitForThemToStop() throws Exception {
        ConfigurableApplicationContext other = patient();
        Visitor visitor = inside("main");
        AtomicBoolean listens = echoes();
        try (Connection client = new Connection(other)) {
            client.send(HANDSHAKE.replace("/live", "/main/live").formatted(visitor.token()));
            assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101 ");
            long begun = System.nanoTime();

            other.close();

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofMinutes(1));
            assertThat(client.readUntilItCloses()).isEmpty();
        }
        await().untilAsserted(() -> assertThat(listens).isFalse());
    }

    @Test
    void norForThoseThatBeginMeanwhile() {
        ConfigurableApplicationContext other = patient();
        UpstreamForwarder forwarder = other.getBean(UpstreamForwarder.class);
        Visitor visitor = inside("main");
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Void> agreed = new CompletableFuture<>();
        upstream.answers(
                (_, response) -> {
                    asked.complete(null);
                    return Mono.fromFuture(agreed)
                            .then(response.sendWebsocket((_, out) -> out.neverComplete()));
                });
        CompletableFuture.runAsync(() -> open(other, "/main/live", visitor, new Heard()));
        assertThat(asked).succeedsWithin(Duration.ofMinutes(1));

        CompletableFuture<Void> closing = CompletableFuture.runAsync(other::close);
        await().until(() -> !forwarder.isRunning());
        agreed.complete(null);

        assertThat(closing).succeedsWithin(Duration.ofMinutes(1));
    }

    /** Waits for two minutes when it stops, if there is something to wait for. */
    private static ConfigurableApplicationContext patient() {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                "spring.lifecycle.timeout-per-shutdown-phase=2m",
                "stagedoor.rooms.main.interval=100ms");
    }

    private static int statusOf(String bytes) {
        try (Connection connection = new Connection(gateway)) {
            connection.send(bytes.replace("GET /live", "GET /elsewhere"));
            return Integer.parseInt(connection.readUntil("\r\n\r\n").substring(9, 12));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long endOfTheSession(Visitor visitor, String room) {
        return Long.parseLong(redis.ask("ZSCORE wr:{" + room + "}:active " + visitor.user()));
    }

    private static Room room(String name) {
        return gateway.getBean(Rooms.class).find(new RoomId(name)).orElseThrow();
    }

    private static void change(String room, String mode) {
        room(room).controls().change(Map.of("mode", mode), OPERATOR).block();
        await().until(() -> room(room).settings().mode().name().equals(mode));
    }

    private static void revoke(Visitor visitor, String room) {
        var ticket = gateway.getBean(QueueTokens.class).verify(visitor.token()).orElseThrow();
        room(room).controls().revoke(ticket, OPERATOR).block();
    }

    /** Tells whether the upstream still listens. */
    private static AtomicBoolean echoes() {
        AtomicBoolean listens = new AtomicBoolean(true);
        upstream.answers(
                (_, response) ->
                        response.sendWebsocket(
                                (in, out) ->
                                        out.sendString(
                                                in.receive()
                                                        .asString()
                                                        .doFinally(_ -> listens.set(false)))));
        return listens;
    }

    private static Visitor inside(String room) {
        Visitor visitor = new Visitor(room);
        visitor.joins(gateway);
        return visitor;
    }

    private static WebSocketHandshakeException refused(String path, Visitor visitor) {
        CompletionException failure =
                catchThrowableOfType(
                        CompletionException.class, () -> open(path, visitor, new Heard()));
        assertThat(failure.getCause()).isInstanceOf(WebSocketHandshakeException.class);
        return (WebSocketHandshakeException) failure.getCause();
    }

    private static WebSocket open(String path, Visitor visitor, Heard heard) {
        return open(gateway, path, visitor, heard);
    }

    private static WebSocket open(
            ConfigurableApplicationContext one, String path, Visitor visitor, Heard heard) {
        return HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Queue-Token", visitor.token())
                .buildAsync(URI.create("ws://127.0.0.1:" + Gateways.port(one) + path), heard)
                .join();
    }
}
