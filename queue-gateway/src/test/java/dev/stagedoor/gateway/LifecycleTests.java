package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServer;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** What comes first and what comes last in the life of a gateway. */
class LifecycleTests {

    private static final String ROOM = "life";

    /** Whoever comes first waits for all that is done for the first time. */
    private static final Timings FOR_THE_FIRST =
            new Timings(
                    Timings.USUAL.viewLasts(),
                    Timings.USUAL.exchangeEvery(),
                    Timings.USUAL.longestSilence(),
                    Duration.ofSeconds(30));

    private static final Timings NEVER_TOLD_AGAIN =
            new Timings(
                    Timings.USUAL.viewLasts(),
                    Duration.ofHours(1),
                    Timings.USUAL.longestSilence(),
                    Gateways.PATIENT.redisDeadline());

    @Test
    void whoeverComesFirstIsServed() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream()) {
            int port = FreePort.find();
            CompletableFuture<List<Integer>> answers =
                    CompletableFuture.supplyAsync(() -> joinsAsSoonAsThePortIsOpen(port));
            try (var _ =
                    Gateways.startOn(
                            FOR_THE_FIRST,
                            redis.url(),
                            upstream.url(),
                            "stagedoor.rooms." + ROOM + ".paths=/**",
                            "stagedoor.rooms." + ROOM + ".capacity=2",
                            "stagedoor.gateway.port=" + port)) {
                assertThat(answers.get()).containsOnly(201);
            }
        }
    }

    /** No property names it, and a turn in the room around it is none there. */
    @Test
    void aRoomThatWasMadeLiveIsGuardedFromTheBeginning() {
        RoomId vip = new RoomId("vip");
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream()) {
            Visitor inside = new Visitor(ROOM);
            Visitor waiting = new Visitor("vip");
            try (ConfigurableApplicationContext gateway = start(redis, upstream)) {
                RoomSettings settings = RoomSettings.of(Map.of("paths", "/vip/**", "mode", "HOLD"));
                gateway.getBean(Rooms.class)
                        .make(vip, settings, new Operator("alice", "192.0.2.1"))
                        .block();
                inside.joins(gateway);
                waiting.joins(gateway);
                await().until(() -> inside.isActive(gateway));
            }

            try (var gateway = startOn(NEVER_TOLD_AGAIN, redis, upstream)) {
                assertThat(inside.gets(gateway, "/vip/x").statusCode()).isEqualTo(401);
                assertThat(waiting.polls(gateway).statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void whatWasHeardLastIsTold() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                ConfigurableApplicationContext other = start(redis, upstream)) {
            Visitor visitor = new Visitor(ROOM);
            try (ConfigurableApplicationContext gateway = start(redis, upstream)) {
                visitor.joins(gateway);
                await().until(() -> visitor.isActive(gateway));

                assertThat(visitor.gets(gateway, "/x").statusCode()).isEqualTo(200);
            }

            assertThat(explained(other, visitor).until())
                    .as("the turn was used")
                    .isAfter(Instant.now().plus(Duration.ofMinutes(30)));
        }
    }

    @Test
    void proxiesAreToldWhoMayPassWhileTheLastAnswersGoOut() throws Exception {
        int proxies = FreePort.find();
        Sinks.Empty<Void> end = Sinks.empty();
        CountDownLatch isThere = new CountDownLatch(1);
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                ConfigurableApplicationContext gateway =
                        start(redis, upstream, "stagedoor.verdict.port=" + proxies);
                Connection connection = new Connection(gateway)) {
            upstream.answers(
                    (_, response) ->
                            Mono.fromRunnable(isThere::countDown)
                                    .then(end.asMono())
                                    .then(response.header("Content-Length", "0").send()));
            Visitor visitor = new Visitor(ROOM);
            visitor.joins(gateway);
            await().until(() -> visitor.isActive(gateway));
            String head = "Host: sale\r\nQueue-Token: " + visitor.token() + "\r\n";
            connection.send("GET /slow HTTP/1.1\r\n" + head + "Upgrade: h2c\r\n\r\n");
            isThere.await();
            int port = Gateways.port(gateway);
            Thread stopping = Thread.startVirtualThread(gateway::stop);
            await().until(() -> !isOpen(port));

            try (Socket proxy = new Socket("127.0.0.1", proxies)) {
                String asks =
                        "GET /verdict/forward HTTP/1.1\r\n"
                                + head
                                + "X-Forwarded-Method: GET\r\n"
                                + "X-Forwarded-Host: sale\r\n"
                                + "X-Forwarded-Uri: /x\r\n\r\n";
                proxy.getOutputStream().write(asks.getBytes(StandardCharsets.US_ASCII));
                assertThat(proxy.getInputStream().readNBytes(12))
                        .asString()
                        .isEqualTo("HTTP/1.1 200");
            }
            end.tryEmitEmpty();
            assertThat(connection.nextStatus()).isEqualTo(200);
            stopping.join();
        }
    }

    /** By the lane and by the server, which both know nothing of them any more. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PUT /pay HTTP/1.1\r\n%s\r\n",
                "POST /pay HTTP/1.1\r\n%sContent-Length: 2\r\n\r\n{}"
            })
    void aPaymentEndsTheVisitOfWhoeverHasHungUpThoughTheGatewayStops(String request)
            throws Exception {
        Sinks.Empty<Void> end = Sinks.empty();
        CountDownLatch isThere = new CountDownLatch(1);
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                ConfigurableApplicationContext other = start(redis, upstream);
                ConfigurableApplicationContext gateway = start(redis, upstream)) {
            upstream.answers(
                    (payment, response) ->
                            payment.receive()
                                    .then(Mono.fromRunnable(isThere::countDown))
                                    .then(end.asMono())
                                    .then(response.header("Stagedoor-Session", "complete").send()));
            Visitor visitor = new Visitor(ROOM);
            visitor.joins(gateway);
            await().until(() -> visitor.isActive(gateway));
            try (Connection connection = new Connection(gateway)) {
                String fields = "Host: sale\r\nQueue-Token: " + visitor.token() + "\r\n";
                connection.send(request.formatted(fields));
                isThere.await();
            }

            Thread stopping = Thread.startVirtualThread(gateway::close);
            assertThat(stopping.join(Duration.ofSeconds(2))).as("it did not wait").isFalse();
            end.tryEmitEmpty();
            stopping.join();

            assertThat(explained(other, visitor).reason()).isEqualTo(EndReason.COMPLETED);
        }
    }

    /** The server has forgotten them by then, and it is not known yet that they have left. */
    @Test
    void aPaymentEndsTheVisitOfWhoeverHangsUpAtTheMomentThatTheGatewayStops() throws Exception {
        Sinks.Empty<Void> end = Sinks.empty();
        CountDownLatch isThere = new CountDownLatch(1);
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                ConfigurableApplicationContext other = start(redis, upstream);
                ConfigurableApplicationContext gateway =
                        start(redis, upstream, "spring.main.sources=" + Farewell.class.getName())) {
            upstream.answers(
                    (payment, response) ->
                            payment.receive()
                                    .then(Mono.fromRunnable(isThere::countDown))
                                    .then(end.asMono())
                                    .then(response.header("Stagedoor-Session", "complete").send()));
            Farewell farewell = gateway.getBean(Farewell.class);
            Visitor visitor = new Visitor(ROOM);
            visitor.joins(gateway);
            await().until(() -> visitor.isActive(gateway));
            try (Connection connection = new Connection(gateway)) {
                connection.send(
                        "POST /pay HTTP/1.1\r\nHost: sale\r\nContent-Length: 2\r\nQueue-Token: "
                                + visitor.token()
                                + "\r\n\r\n{}");
                isThere.await();
                farewell.takesLong = true;
            }
            farewell.begins.await();

            Thread stopping = Thread.startVirtualThread(gateway::close);
            assertThat(stopping.join(Duration.ofSeconds(1))).as("it did not wait").isFalse();
            farewell.isOver.countDown();
            end.tryEmitEmpty();
            stopping.join();

            assertThat(explained(other, visitor).reason()).isEqualTo(EndReason.COMPLETED);
        }
    }

    /** Holds a connection that is closed, before anybody but the server hears of it. */
    static final class Farewell implements NettyServerCustomizer {

        private final CountDownLatch begins = new CountDownLatch(1);
        private final CountDownLatch isOver = new CountDownLatch(1);
        private volatile boolean takesLong;

        @Override
        public HttpServer apply(HttpServer server) {
            return server.doOnChannelInit(
                    (_, channel, _) -> channel.closeFuture().addListener(_ -> hold()));
        }

        private void hold() throws InterruptedException {
            if (takesLong) {
                begins.countDown();
                isOver.await();
            }
        }
    }

    @Test
    void whatWasStoppedCanBeStartedAgain() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                ConfigurableApplicationContext gateway = start(redis, upstream)) {
            gateway.stop();
            gateway.start();
            Visitor visitor = new Visitor(ROOM);

            visitor.joins(gateway);

            await().until(() -> visitor.isActive(gateway));
            new Visitor(ROOM).joins(gateway);
            Visitor waiting = new Visitor(ROOM);
            waiting.joins(gateway);
            assertThat(ticks(gateway)).as("a view").isPositive();
            assertThat(firstEvents(gateway, waiting)).contains("event: status");
        }
    }

    private static ConfigurableApplicationContext start(
            EmbeddedRedis redis, Upstream upstream, String... more) {
        return startOn(Gateways.PATIENT, redis, upstream, more);
    }

    private static ConfigurableApplicationContext startOn(
            Timings timings, EmbeddedRedis redis, Upstream upstream, String... more) {
        List<String> settings =
                new ArrayList<>(
                        List.of(
                                "stagedoor.rooms." + ROOM + ".paths=/**",
                                "stagedoor.rooms." + ROOM + ".capacity=2",
                                "stagedoor.rooms." + ROOM + ".session=1h",
                                "stagedoor.rooms." + ROOM + ".max-session=2h",
                                "stagedoor.rooms." + ROOM + ".claim-timeout=60s",
                                "stagedoor.rooms." + ROOM + ".interval=100ms"));
        settings.addAll(List.of(more));
        return Gateways.startOn(
                timings, redis.url(), upstream.url(), settings.toArray(String[]::new));
    }

    /** Ten, one after the other. */
    private static List<Integer> joinsAsSoonAsThePortIsOpen(int port) {
        HttpRequest join =
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + port + "/api/v1/queue/tokens"))
                        .POST(BodyPublishers.noBody())
                        .build();
        List<Integer> answers = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (answers.size() < 10) {
                try {
                    answers.add(client.send(join, BodyHandlers.discarding()).statusCode());
                } catch (IOException _) {
                    Thread.onSpinWait(); // not open yet
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return answers;
    }

    private static boolean isOpen(int port) {
        try (Socket _ = new Socket("127.0.0.1", port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static Explanation explained(ConfigurableApplicationContext gateway, Visitor visitor) {
        Ticket ticket = gateway.getBean(QueueTokens.class).verify(visitor.token()).orElseThrow();
        return room(gateway)
                .controls()
                .explain(ticket.user(), ticket)
                .retryWhen(Gateways.AGAIN)
                .block();
    }

    private static long ticks(ConfigurableApplicationContext gateway) {
        return room(gateway).views().take(2).count().block(Duration.ofSeconds(10));
    }

    private static String firstEvents(ConfigurableApplicationContext gateway, Visitor visitor) {
        HttpRequest stream =
                Visitor.request(gateway, "/api/v1/queue/events")
                        .header("Queue-Token", visitor.token())
                        .build();
        try (HttpClient client = HttpClient.newHttpClient();
                var lines = client.send(stream, BodyHandlers.ofLines()).body()) {
            return String.join("\n", lines.limit(5).toList());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Room room(ConfigurableApplicationContext gateway) {
        return gateway.getBean(Rooms.class).find(new RoomId(ROOM)).orElseThrow();
    }
}
