package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.RandomBytes;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Bodies that do not fit into memory: the slower side sets the pace, and nothing is lost. */
@Order(1)
class StreamingTests {

    private static final String ROOM = "large-" + UUID.randomUUID().toString().substring(0, 8);
    private static final long LARGE = 100 << 20;

    /**
     * What may lie in the buffers of four sockets, which the kernel lets grow, and a little of the
     * gateway's own. Nearly all of it is the kernel's: 11 MB were seen.
     */
    private static final long ON_THE_WAY = 32 << 20;

    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(2);
    private static final int SMALL_WINDOW = 64 << 10;

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static final Visitor VISITOR = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.upstream.body-buffer=1B",
                        "stagedoor.upstream.max-body-size=1GB",
                        "stagedoor.rooms." + ROOM + ".capacity=10",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.gateway.write-timeout=6s",
                        "stagedoor.upstream.response-timeout="
                                + RESPONSE_TIMEOUT.toMillis()
                                + "ms");
        VISITOR.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void makesTheUpstreamWaitForAClientThatPausesAndDoesNotBlameIt() throws Exception {
        RandomBytes produced = new RandomBytes(LARGE);
        upstream.answers(
                (_, response) ->
                        response.header("Content-Length", "" + LARGE)
                                .sendByteArray(produced.parts()));
        try (Socket client = connect()) {
            send(client, "GET /api/v1/large HTTP/1.1\r\nConnection: close", "");
            InputStream answer = client.getInputStream();
            assertThat(answer.read()).isEqualTo('H');

            await().during(RESPONSE_TIMEOUT.plusSeconds(1))
                    .untilAsserted(() -> assertThat(produced.made()).isLessThan(ON_THE_WAY));

            skipHead(answer);
            readInto(produced, answer);
        }
        assertThat(produced.hasArrivedWhole()).isTrue();
    }

    @Test
    void makesTheClientWaitForAnUpstreamThatPauses() throws Exception {
        Sinks.Empty<Void> readsOn = Sinks.empty();
        RandomBytes body = new RandomBytes(LARGE);
        AtomicLong sent = new AtomicLong();
        upstream.answers(
                (request, response) ->
                        readsOn.asMono()
                                .thenMany(request.receive().asByteArray())
                                .doOnNext(body::arrives)
                                .then(response.send()));
        try (Socket client = connect()) {
            send(client, "POST /api/v1/large HTTP/1.1", "Content-Length: " + LARGE + "\r\n");
            FutureTask<Void> sending = sending(client.getOutputStream(), body, sent);

            await().during(RESPONSE_TIMEOUT.dividedBy(2))
                    .untilAsserted(() -> assertThat(sent.get()).isLessThan(ON_THE_WAY));
            readsOn.tryEmitEmpty();

            sending.get(60, TimeUnit.SECONDS);
            assertThat(client.getInputStream().readNBytes(12)).asString().endsWith(" 200");
        }
        assertThat(body.hasArrivedWhole()).isTrue();
    }

    @Test
    void doesNotBlameTheUpstreamForAClientThatPausesWhileItSends() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        try (Socket client = connect()) {
            send(client, "POST /api/v1/large HTTP/1.1", "Content-Length: 10\r\n");
            client.getOutputStream().write(new byte[5]);

            long begun = System.nanoTime();
            await().until(() -> System.nanoTime() - begun > RESPONSE_TIMEOUT.toNanos() * 3 / 2);
            client.getOutputStream().write(new byte[5]);

            assertThat(client.getInputStream().readNBytes(12)).asString().endsWith(" 200");
        }
    }

    @Test
    void letsGoOfAClientThatReadsNothingAnyMore() throws Exception {
        AtomicReference<Boolean> open = new AtomicReference<>();
        upstream.answers(
                (request, response) -> {
                    open.set(true);
                    request.withConnection(
                            connection -> connection.onDispose(() -> open.set(false)));
                    return response.sendByteArray(new RandomBytes(LARGE).parts());
                });
        try (Socket client = connect()) {
            send(client, "GET /api/v1/large HTTP/1.1", "");
            assertThat(client.getInputStream().read()).isEqualTo('H');

            await().until(() -> Boolean.FALSE.equals(open.get()));
        }
    }

    /** A download has an end, which whoever has begun it in time may wait for. */
    @Test
    void endsAStreamOfEventsWithTheSessionAndNothingElse() throws Exception {
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(gateway);
        Sinks.One<String> rest = Sinks.one();
        AtomicReference<Boolean> open = new AtomicReference<>(true);
        upstream.answers(
                (request, response) -> {
                    if (request.path().endsWith("download")) {
                        return response.sendString(Flux.just("one ").concatWith(rest.asMono()));
                    }
                    request.withConnection(it -> it.onDispose(() -> open.set(false)));
                    return response.sse()
                            .sendString(Flux.just("data: one\n\n").concatWith(Flux.never()));
                });
        try (InputStream download = opened(visitor, "/api/v1/download");
                InputStream events = opened(visitor, "/api/v1/events")) {
            assertThat(download.readNBytes(4)).asString().isEqualTo("one ");
            assertThat(events.readNBytes(11)).asString().isEqualTo("data: one\n\n");

            revoke(visitor);

            assertThat(events.readAllBytes()).isEmpty();
            await().until(() -> !open.get());
            rest.tryEmitValue("two");
            assertThat(download.readAllBytes()).asString().isEqualTo("two");
        }
    }

    private static InputStream opened(Visitor visitor, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        Visitor.request(gateway, path)
                                .timeout(Duration.ofSeconds(20))
                                .header("Queue-Token", visitor.token())
                                .build(),
                        BodyHandlers.ofInputStream())
                .body();
    }

    private static void revoke(Visitor visitor) {
        var ticket = gateway.getBean(QueueTokens.class).verify(visitor.token()).orElseThrow();
        gateway.getBean(Rooms.class)
                .find(new RoomId(ROOM))
                .orElseThrow()
                .controls()
                .revoke(ticket, new Operator("night", "127.0.0.1"))
                .block();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1 << 20, 100 << 20})
    void changesNoByteOnEitherWay(long length) throws Exception {
        RandomBytes up = new RandomBytes(length);
        RandomBytes down = new RandomBytes(length);
        upstream.answers(
                (request, response) ->
                        request.receive()
                                .asByteArray()
                                .doOnNext(up::arrives)
                                .then()
                                .thenMany(response.sendByteArray(down.parts())));

        HttpResponse<InputStream> answer =
                HttpClient.newHttpClient()
                        .send(
                                Visitor.request(gateway, "/api/v1/large")
                                        .timeout(Duration.ofSeconds(60))
                                        .header("Queue-Token", VISITOR.token())
                                        .POST(BodyPublishers.ofByteArrays(up.parts().toIterable()))
                                        .build(),
                                BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            readInto(down, body);
        }

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(up.hasArrivedWhole()).isTrue();
        assertThat(down.hasArrivedWhole()).isTrue();
    }

    private static void readInto(RandomBytes body, InputStream in) throws IOException {
        for (byte[] part = in.readNBytes(8192); part.length > 0; part = in.readNBytes(8192)) {
            body.arrives(part);
        }
    }

    private static void skipHead(InputStream in) throws IOException {
        int newLines = 0;
        while (newLines < 2) {
            int next = in.read();
            assertThat(next).as("the rest of the head").isNotNegative();
            newLines = next == '\n' ? newLines + 1 : next == '\r' ? newLines : 0;
        }
    }

    private static FutureTask<Void> sending(OutputStream out, RandomBytes body, AtomicLong sent) {
        FutureTask<Void> sending =
                new FutureTask<>(
                        () -> {
                            for (byte[] part : body.parts().toIterable()) {
                                out.write(part);
                                sent.addAndGet(part.length);
                            }
                            return null;
                        });
        Thread.startVirtualThread(sending);
        return sending;
    }

    /** With little room for what has not been read. */
    private static Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(SMALL_WINDOW);
        socket.setSendBufferSize(SMALL_WINDOW);
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress("127.0.0.1", Gateways.port(gateway)));
        return socket;
    }

    private static void send(Socket client, String begin, String fields) throws IOException {
        String head =
                begin + "\r\nHost: x\r\nQueue-Token: " + VISITOR.token() + "\r\n" + fields + "\r\n";
        client.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
    }
}
