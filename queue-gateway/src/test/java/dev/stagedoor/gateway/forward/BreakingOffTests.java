package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients and an upstream of whom each may break off at any moment: whatever comes of it, in the
 * end nothing is kept and nobody is under way. What each does is drawn by a number that the request
 * carries; when they meet is not.
 */
@Order(1)
class BreakingOffTests {

    private static final int EXCHANGES = 400;
    private static final int AT_ONCE = 16;
    private static final int VISITS = 5;
    private static final Duration PACE = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int LONGEST = 60_000;
    private static final String PLAN = "X-Plan";
    private static final String SHORT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String HEAD_OF_LONG = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n";
    private static final String HEAD_OF_EVENTS =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: any\r\n\r\n";

    private static EmbeddedRedis redis;
    private static RawUpstream upstream;
    private static final AtomicInteger CONNECTIONS = new AtomicInteger();

    /** Rest of one request that an upstream has taken for another. */
    private static final Queue<String> GARBLED = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new RawUpstream();
        upstream.plays(
                connection -> {
                    CONNECTIONS.incrementAndGet();
                    try {
                        serve(connection);
                    } finally {
                        connection.close();
                        CONNECTIONS.decrementAndGet();
                    }
                });
    }

    @AfterAll
    static void stop() throws IOException {
        upstream.close();
        redis.close();
    }

    /**
     * @param connections so few are of one event loop, so many of each
     */
    @ParameterizedTest
    @ValueSource(ints = {4, 64})
    void leavesNothingBehind(int connections) throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        try (var gateway = gateway(connections, "200ms")) {
            Visitor visitor = new Visitor("main");
            visitor.joins(gateway);
            await().until(
                            () ->
                                    visitor.isActive(gateway)
                                            && Gateways.isCertainOf(visitor, gateway));

            breakOffAtRandom(gateway, visitor, seed);

            await().atMost(LONG)
                    .untilAsserted(
                            () ->
                                    assertThat(CountedBuffers.keptBy(gateway))
                                            .as("bytes, with -Dseed=%d", seed)
                                            .isZero());
            await().atMost(LONG)
                    .untilAsserted(
                            () ->
                                    assertThat(CONNECTIONS)
                                            .as("open, with -Dseed=%d", seed)
                                            .hasValue(0));
            assertThatNobodyIsUnderWay(gateway, visitor);
            assertThat(GARBLED).as("requests, with -Dseed=%d", seed).isEmpty();
        }
    }

    /** Of events, more of which are on their way when the visit is over. */
    @Test
    void leavesNothingBehindOfStreamsThatEnd() throws Exception {
        try (var gateway = gateway(64, "10s")) {
            for (int i = 0; i < VISITS; i++) {
                Visitor visitor = new Visitor("main");
                visitor.joins(gateway);
                await().until(
                                () ->
                                        visitor.isActive(gateway)
                                                && Gateways.isCertainOf(visitor, gateway));
                hearEventsToTheEnd(gateway, visitor);
            }

            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(CountedBuffers.keptBy(gateway)).isZero());
        }
    }

    private static void hearEventsToTheEnd(ConfigurableApplicationContext gateway, Visitor visitor)
            throws Exception {
        List<Connection> together = together(gateway, visitor, "/events");
        for (Connection connection : together) {
            connection.readUntil("\ndata:");
        }
        visitor.leaves(gateway);
        for (Connection connection : together) {
            connection.readUntil("\r\n0\r\n\r\n");
            connection.close();
        }
    }

    private static ConfigurableApplicationContext gateway(int connections, String patience) {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                CountedBuffers.SETTING,
                Gateways.UNLIMITED,
                "stagedoor.rooms.main.paths=/**",
                "stagedoor.rooms.main.session=1h",
                "stagedoor.rooms.main.interval=100ms",
                "stagedoor.gateway.limits.requests-per-second=1000000",
                "stagedoor.gateway.limits.requests-under-way=" + AT_ONCE,
                "stagedoor.upstream.connections=" + connections,
                "stagedoor.upstream.body-buffer=8KB",
                "stagedoor.upstream.pending-timeout=100ms",
                "stagedoor.upstream.response-timeout=" + patience,
                "stagedoor.upstream.idle-timeout=300ms");
    }

    private static void breakOffAtRandom(
            ConfigurableApplicationContext gateway, Visitor visitor, long seed) throws Exception {
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE)) {
            for (int i = 0; i < EXCHANGES; i++) {
                long plan = seed + i;
                all.add(clients.submit(() -> ask(gateway, visitor, plan)));
            }
        }
        for (Future<?> one : all) {
            one.get();
        }
    }

    /** As many as one ticket may have at once: had one not ended, this would be one too many. */
    private static void assertThatNobodyIsUnderWay(
            ConfigurableApplicationContext gateway, Visitor visitor) throws Exception {
        List<Connection> together = together(gateway, visitor, "/silent");
        for (Connection connection : together) {
            assertThat(connection.nextStatus()).isIn(503, 504);
            connection.close();
        }
    }

    private static List<Connection> together(
            ConfigurableApplicationContext gateway, Visitor visitor, String path) throws Exception {
        List<Connection> together = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            Connection connection = new Connection(gateway);
            together.add(connection);
            connection.send("GET " + path + " HTTP/1.1\r\n" + fields(visitor) + "\r\n");
        }
        return together;
    }

    private static String fields(Visitor visitor) {
        return "Host: x\r\nQueue-Token: " + visitor.token() + "\r\n";
    }

    // ── the client ──────────────────────────────────────────────────────────────────────────────

    private static Void ask(ConfigurableApplicationContext gateway, Visitor visitor, long plan)
            throws IOException {
        Random random = new Random(plan);
        byte[] request = request(visitor, plan, random).getBytes(StandardCharsets.US_ASCII);
        boolean isWholeSent = random.nextInt(3) > 0;
        int sent = isWholeSent ? request.length : random.nextInt(request.length);
        int read = random.nextInt(4) == 0 ? LONGEST : random.nextInt(200);
        try (Socket socket = new Socket("127.0.0.1", Gateways.port(gateway))) {
            socket.setSoTimeout(300);
            socket.setSoLinger(random.nextBoolean(), 0);
            socket.getOutputStream().write(request, 0, sent);
            if (isWholeSent || random.nextBoolean()) {
                socket.getInputStream().readNBytes(read);
            }
        } catch (IOException _) {
            // the gateway has hung up, or says nothing more
        }
        return null;
    }

    private static String request(Visitor visitor, long plan, Random random) {
        String fields = fields(visitor) + PLAN + ": " + plan + "\r\n";
        String body = "x".repeat(1 + random.nextInt(LONGEST));
        return switch (random.nextInt(6)) {
            case 0 -> "GET /a HTTP/1.1\r\n" + fields + "\r\n";
            case 1 ->
                    "GET /a HTTP/1.1\r\n"
                            + fields
                            + "Connection: upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: any\r\n\r\n"
                            + body;
            case 2, 3 ->
                    "POST /a HTTP/1.1\r\n"
                            + fields
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + ("10\r\n" + "x".repeat(16) + "\r\n").repeat(body.length() / 22)
                            + "0\r\n\r\n";
            default ->
                    "POST /a HTTP/1.1\r\n"
                            + fields
                            + ("Content-Length: " + body.length() + "\r\n\r\n")
                            + body;
        };
    }

    // ── the upstream ────────────────────────────────────────────────────────────────────────────

    private static void serve(Socket connection) throws IOException {
        InputStream in = new BufferedInputStream(connection.getInputStream());
        for (List<String> head = head(in); !head.isEmpty(); head = head(in)) {
            if (!answer(connection, in, head)) {
                return;
            }
        }
    }

    /** Whether it may be asked for more. */
    private static boolean answer(Socket connection, InputStream in, List<String> head)
            throws IOException {
        String plan = value(head, PLAN);
        if (plan == null) {
            return head.getFirst().contains("/events") ? tellsEvents(connection) : waits(in);
        }
        Random random = new Random(~Long.parseLong(plan));
        connection.setSoLinger(random.nextInt(4) == 0, 0);
        if (value(head, "Upgrade") != null && random.nextBoolean()) {
            RawUpstream.say(connection, SWITCH + "x".repeat(random.nextInt(LONGEST)));
            in.readNBytes(random.nextInt(LONGEST));
            return false;
        }
        switch (random.nextInt(8)) {
            case 0 -> in.readNBytes(random.nextInt(LONGEST) / 2);
            case 1 -> {
                RawUpstream.say(connection, SHORT);
                return waits(in);
            }
            case 2 -> {
                return waits(in);
            }
            case 3 -> {
                readBody(head, in);
                RawUpstream.say(connection, HEAD_OF_LONG.formatted(LONGEST));
                RawUpstream.say(connection, "x".repeat(random.nextInt(LONGEST)));
            }
            case 4 -> {
                RawUpstream.say(connection, "HTTP/1.1 103 Early Hints\r\n\r\n" + SHORT);
                readBody(head, in);
                return true;
            }
            case 5 -> {
                readBody(head, in);
                RawUpstream.say(connection, HEAD_OF_LONG.formatted(LONGEST) + "x".repeat(LONGEST));
                return true;
            }
            default -> {
                readBody(head, in);
                RawUpstream.say(connection, SHORT);
                return true;
            }
        }
        return false;
    }

    private static boolean tellsEvents(Socket connection) throws IOException {
        RawUpstream.say(connection, HEAD_OF_EVENTS);
        while (true) {
            RawUpstream.say(connection, "9\r\ndata: x\n\n\r\n");
            LockSupport.parkNanos(PACE.toNanos());
        }
    }

    private static boolean waits(InputStream in) throws IOException {
        in.skip(Long.MAX_VALUE);
        return false;
    }

    private static List<String> head(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        try {
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                lines.add(line);
            }
        } catch (EOFException _) {
            lines.clear();
        }
        if (!lines.isEmpty() && !lines.getFirst().matches("(GET|POST) /\\w+ HTTP/1.1")) {
            GARBLED.add(lines.getFirst());
        }
        return lines;
    }

    private static void readBody(List<String> head, InputStream in) throws IOException {
        String length = value(head, "Content-Length");
        if (length != null) {
            in.readNBytes(Integer.parseInt(length));
        } else if (value(head, "Transfer-Encoding") != null) {
            for (int size = size(in); size > 0; size = size(in)) {
                in.readNBytes(size + 2);
            }
            line(in);
        }
    }

    private static int size(InputStream in) throws IOException {
        return Integer.parseInt(line(in), 16);
    }

    private static String value(List<String> head, String name) {
        return head.stream()
                .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElse(null);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }
}
