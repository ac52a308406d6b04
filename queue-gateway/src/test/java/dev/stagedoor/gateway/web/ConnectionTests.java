package dev.stagedoor.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What happens on one connection, byte by byte. */
class ConnectionTests {

    private static final String ROOM = "wire-" + UUID.randomUUID().toString().substring(0, 8);

    private static final String PASSWORD = "let me look";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final Visitor visitor = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=1000",
                        "stagedoor.rooms." + ROOM + ".interval=100ms",
                        "stagedoor.ops.password=" + PASSWORD,
                        "stagedoor.gateway.read-timeout=1s",
                        "stagedoor.gateway.request-timeout=3s");
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
        try (Connection connection = new Connection()) {
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
        try (Connection connection = new Connection()) {
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
        try (Connection connection = new Connection("local.management.port")) {
            for (int i = 0; i < 50; i++) {
                connection.send(askedOfOps() + refused + refused);

                assertThat(connection.nextStatus()).isEqualTo(200);
                assertThat(connection.nextStatus()).isEqualTo(401);
                assertThat(connection.nextStatus()).isEqualTo(401);
            }
        }
    }

    @Test
    void doesNotHoldAnyNumberOfRequestsThatWereSentAhead() throws Exception {
        try (Connection connection = new Connection()) {
            connection.send(leaving().repeat(2_000));

            assertThat(connection.answersUntilItCloses()).isLessThan(2_000);
        }
    }

    @Test
    void closesWhenAHeadDripsIn() throws Exception {
        try (Connection connection = new Connection()) {
            long begun = System.nanoTime();

            connection.drips("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", Duration.ofMillis(100));

            assertThat(connection.nextStatus()).isEqualTo(408);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
        }
    }

    @Test
    void closesWhenABodyDripsInWithoutEnd() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        try (Connection connection = new Connection()) {
            long begun = System.nanoTime();
            connection.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\nContent-Length: 100000\r\n\r\n");

            connection.drips("", Duration.ofMillis(100));

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(2_900), Duration.ofSeconds(8));
        }
    }

    @Test
    void blamesNobodyForAPauseThatTheUpstreamMakes() throws Exception {
        AtomicLong received = new AtomicLong();
        upstream.answers(
                (request, response) ->
                        Mono.delay(Duration.ofMillis(1_800))
                                .thenMany(request.receive().asByteArray())
                                .doOnNext(part -> received.addAndGet(part.length))
                                .then(response.send()));
        byte[] body = new byte[40 << 20];
        ThreadLocalRandom.current().nextBytes(body);

        try (Connection connection = new Connection()) {
            connection.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\nContent-Length: "
                            + body.length
                            + "\r\n\r\n");
            connection.send(body);

            assertThat(connection.nextStatus()).isEqualTo(200);
        }
        assertThat(received.get()).isEqualTo(body.length);
    }

    @Test
    void passesOnWhatFollowsTheBodyOfAnAnswer() throws Exception {
        upstream.answers(
                (_, response) ->
                        response.header("Trailer", "X-Checksum")
                                .trailerHeaders(trailers -> trailers.set("X-Checksum", "abc"))
                                .sendString(Flux.just("one", "two")));
        try (Connection connection = new Connection()) {
            connection.send(forwardedThat("has a trailer"));

            String answer = connection.readUntil("X-Checksum: abc\r\n\r\n");

            assertThat(answer).startsWith("HTTP/1.1 200").contains("Trailer: X-Checksum");
        }
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

    /** A client that speaks in bytes. */
    private static final class Connection implements AutoCloseable {

        private final Socket socket;
        private final BufferedReader answers;

        Connection() throws IOException {
            this("local.server.port");
        }

        Connection(String port) throws IOException {
            int number = gateway.getEnvironment().getRequiredProperty(port, Integer.class);
            socket = new Socket("127.0.0.1", number);
            socket.setSoTimeout(10_000);
            answers =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.ISO_8859_1));
        }

        void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /** Reads one answer and returns its status. */
        int nextStatus() throws IOException {
            String first = answers.readLine();
            assertThat(first).as("an answer").startsWith("HTTP/1.1 ");
            int length = 0;
            for (String line = answers.readLine(); !line.isEmpty(); line = answers.readLine()) {
                if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                    length = Integer.parseInt(line.substring(15).strip());
                }
            }
            assertThat(answers.skip(length)).isEqualTo(length);
            return Integer.parseInt(first.substring(9, 12));
        }

        String readUntil(String end) throws IOException {
            StringBuilder text = new StringBuilder();
            while (text.indexOf(end) < 0) {
                int next = answers.read();
                assertThat(next).as(text.toString()).isNotNegative();
                text.append((char) next);
            }
            return text.toString();
        }

        /** Sends one byte after the other until the other side has had enough. */
        void drips(String head, Duration pause) throws Exception {
            send(head);
            try {
                while (!answers.ready()) {
                    send("x");
                    LockSupport.parkNanos(pause.toNanos());
                }
            } catch (IOException _) {
                // closed: that is what was waited for
            }
        }

        int answersUntilItCloses() throws IOException {
            int count = 0;
            try {
                for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                    count += line.startsWith("HTTP/1.1 204") ? 1 : 0;
                }
            } catch (SocketException _) {
                // reset, because not everything had been read
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
