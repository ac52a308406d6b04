package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Arrived;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.connection.RandomBytes;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Clients that hang up, whenever they like: the upstream is free again, and for the next one. */
class HangUpTests {

    private static final String ROOM = "gone-" + UUID.randomUUID().toString().substring(0, 8);
    private static final int CONNECTIONS = 4;

    /** Far longer than any test: nothing here ends because it has lasted too long. */
    private static final Duration NEVER = Duration.ofMinutes(5);

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static final Visitor VISITOR = new Visitor(ROOM);

    private final AtomicInteger arrived = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        Arrived.SETTING,
                        "stagedoor.upstream.body-buffer=1B",
                        "stagedoor.upstream.max-body-size=1GB",
                        "stagedoor.rooms." + ROOM + ".capacity=10",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.upstream.connections=" + CONNECTIONS,
                        "stagedoor.upstream.pending=" + CONNECTIONS,
                        "stagedoor.upstream.pending-timeout=" + NEVER.toSeconds() + "s",
                        "stagedoor.upstream.response-timeout=" + NEVER.toSeconds() + "s",
                        "stagedoor.gateway.read-timeout=" + NEVER.toSeconds() + "s");
        VISITOR.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void theUpstreamThinksForever() {
        upstream.answers(
                (request, _) -> {
                    count(request);
                    return Mono.never();
                });
    }

    @Test
    void whileTheUpstreamThinks() throws Exception {
        hangUpAgainAndAgain(connection -> connection.send(get()));

        assertThatTheUpstreamIsRidOfThem();
        assertThatTheNextIsAnswered();
    }

    @Test
    void inTheMiddleOfAnUploadThatTheUpstreamReads() throws Exception {
        upstream.answers(
                (request, response) -> {
                    count(request);
                    return request.receive().then(response.send());
                });

        hangUpAgainAndAgain(connection -> connection.send(post(100_000) + "only a little"));

        assertThatTheUpstreamIsRidOfThem();
        assertThatTheNextIsAnswered();
    }

    @Test
    void isNoFailureOfTheUpstream() throws Exception {
        long unreachable = outcomes("unreachable");
        Set<SocketAddress> clients = new HashSet<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Connection client = new Connection(gateway);
            clients.add(client.address());
            client.send(post(100_000));
            await().until(() -> Arrived.from(client.address(), gateway) > 0);

            client.resets();
        }

        await().until(() -> Arrived.knowsToBeGone(clients, gateway));
        assertThat(outcomes("unreachable")).isEqualTo(unreachable);
    }

    /** An upstream that does not read does not see either that the gateway has closed. */
    @Test
    void inTheMiddleOfAnUploadThatTheUpstreamDoesNotRead() throws Exception {
        hangUpAgainAndAgain(
                connection -> {
                    connection.send(post(100_000_000));
                    connection.send(new byte[100_000]);
                });

        assertThatTheNextIsAnswered();
    }

    @Test
    void inTheMiddleOfAnAnswer() throws Exception {
        upstream.answers(
                (request, response) -> {
                    count(request);
                    return response.sendByteArray(new RandomBytes(100 << 20).parts());
                });

        hangUpAgainAndAgain(
                connection -> {
                    connection.send(get());
                    connection.readUntil("HTTP/1.1 200");
                });

        assertThatTheUpstreamIsRidOfThem();
        assertThatTheNextIsAnswered();
    }

    /** As many are refused as do not find a place among those who wait. */
    @Test
    void whileTheyWaitForAConnection() throws Exception {
        long before = outcomes("busy");
        AtomicInteger insiders = new AtomicInteger();
        upstream.answers(
                (request, _) -> {
                    count(request);
                    insiders.addAndGet(request.uri().endsWith("/inside") ? 1 : 0);
                    return Mono.never();
                });
        for (int round = 1; round <= 3; round++) {
            int expected = round * CONNECTIONS;
            List<Connection> inside =
                    connect(connection -> connection.send(get().replace("/x", "/inside")));
            await().untilAsserted(() -> assertThat(insiders).hasValue(expected));
            List<Connection> waiting = connect(connection -> connection.send(get()));
            List<Connection> moreThanMayWait = connect(connection -> connection.send(get()));
            await().untilAsserted(() -> assertThat(outcomes("busy") - before).isEqualTo(expected));

            Set<SocketAddress> clients =
                    Stream.of(inside, waiting, moreThanMayWait)
                            .flatMap(List::stream)
                            .map(Connection::address)
                            .collect(Collectors.toSet());
            close(waiting);
            close(moreThanMayWait);
            close(inside);

            // Some may get a connection before the gateway sees that they have gone.
            await().until(() -> Arrived.knowsToBeGone(clients, gateway));
            assertThatTheUpstreamIsRidOfThem();
        }

        assertThatTheNextIsAnswered();
    }

    private static long outcomes(String outcome) {
        Timer timer =
                gateway.getBean(MeterRegistry.class)
                        .find("stagedoor.queue.forward")
                        .tag("outcome", outcome)
                        .timer();
        return timer == null ? 0 : timer.count();
    }

    /** More clients than there are connections: whoever hangs up makes room for the next. */
    private void hangUpAgainAndAgain(ThrowingConsumer<Connection> begin) throws Exception {
        for (int round = 1; round <= 3; round++) {
            int expected = round * CONNECTIONS;
            List<Connection> clients = connect(begin);
            await().untilAsserted(() -> assertThat(arrived).hasValue(expected));

            close(clients);
        }
    }

    /** As many as there are connections to the upstream. */
    private static List<Connection> connect(ThrowingConsumer<Connection> begin) throws Exception {
        List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Connection client = new Connection(gateway);
            clients.add(client);
            try {
                begin.accept(client);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
        return clients;
    }

    private static void close(List<Connection> clients) throws IOException {
        for (Connection client : clients) {
            client.close();
        }
    }

    private void count(HttpServerRequest request) {
        arrived.incrementAndGet();
        open.incrementAndGet();
        request.withConnection(connection -> connection.onDispose(open::decrementAndGet));
    }

    private void assertThatTheUpstreamIsRidOfThem() {
        await().untilAsserted(() -> assertThat(open).hasValue(0));
    }

    private static void assertThatTheNextIsAnswered() {
        upstream.answers((_, response) -> response.sendString(Mono.just("hello")));
        for (int i = 0; i < 2 * CONNECTIONS; i++) {
            assertThat(VISITOR.gets(gateway, "/api/v1/next").body()).isEqualTo("hello");
        }
    }

    private static String get() {
        return "GET /api/v1/x HTTP/1.1\r\n" + fields() + "\r\n";
    }

    private static String post(int length) {
        return "POST /api/v1/x HTTP/1.1\r\n" + fields() + "Content-Length: " + length + "\r\n\r\n";
    }

    private static String fields() {
        return "Host: x\r\nQueue-Token: " + VISITOR.token() + "\r\n";
    }
}
