package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What a stream tells those who wait, and what the management port tells operators. */
class StreamTests {

    /** How long a gateway that stops waits for what it is still answering. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static final String ROOM = "stream-" + UUID.randomUUID().toString().substring(0, 8);

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        Gateways.MANAGED,
                        "stagedoor.rooms." + ROOM + ".capacity=1",
                        "stagedoor.rooms." + ROOM + ".interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void tellsThePlaceAtOnceEveryChangeOfItAndEndsWithTheTurn() throws Exception {
        Visitor inside = new Visitor(ROOM);
        Visitor before = new Visitor(ROOM);
        Visitor listener = new Visitor(ROOM);
        inside.joins(gateway);
        before.joins(gateway);
        listener.joins(gateway);
        List<String> lines = new CopyOnWriteArrayList<>();

        Future<?> stream = listen(gateway, listener, lines);

        await().atMost(Duration.ofSeconds(2)).until(() -> data(lines).toList().size() == 1);
        assertThat(lines.getFirst()).matches("retry: [1-4][0-9]{3}");
        assertThat(data(lines).findFirst().orElseThrow())
                .contains("\"state\":\"WAITING\"", "\"position\":2");
        before.leaves(gateway);
        await().until(() -> data(lines).anyMatch(data -> data.contains("\"position\":1")));
        inside.leaves(gateway);
        stream.get(10, TimeUnit.SECONDS);
        assertThat(data(lines).toList().getLast()).contains("\"state\":\"ACTIVE\"");
        assertThat(data(lines).toList()).doesNotHaveDuplicates();
        listener.leaves(gateway);
    }

    @Test
    void endsTheStreamOfSomebodyWhoLeaves() throws Exception {
        Visitor inside = new Visitor(ROOM);
        Visitor listener = new Visitor(ROOM);
        inside.joins(gateway);
        listener.joins(gateway);
        List<String> lines = new CopyOnWriteArrayList<>();
        Future<?> stream = listen(gateway, listener, lines);
        await().until(() -> !lines.isEmpty());

        listener.leaves(gateway);

        stream.get(10, TimeUnit.SECONDS);
        assertThat(data(lines).toList().getLast()).contains("queue-token-left");
        inside.leaves(gateway);
    }

    @Test
    void refusesAStreamWithoutAToken() {
        HttpResponse<String> answer =
                Visitor.send(Visitor.request(gateway, "/api/v1/queue/events"));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo("queue-token-missing");
    }

    @Test
    void tellsOperatorsOnTheManagementPortOnly() {
        new Visitor(ROOM).joins(gateway);

        String meters = manage("/actuator/prometheus").body();

        assertThat(manage("/actuator/health/readiness").statusCode()).isEqualTo(200);
        assertThat(manage("/actuator/health/liveness").statusCode()).isEqualTo(200);
        assertThat(meters)
                .contains("queue_waiting{room=\"" + ROOM + "\"}")
                .contains("queue_active{room=\"" + ROOM + "\"}")
                .contains("queue_joins_total{outcome=\"new\",room=\"" + ROOM + "\"}");
        assertThat(manage("/actuator/env").statusCode()).isEqualTo(404);
    }

    @Test
    void aGatewayThatStopsEndsItsStreamsAndDoesNotWaitForThem() throws Exception {
        ConfigurableApplicationContext another = Gateways.startOn(redis.url(), upstream.url());
        Visitor inside = new Visitor(ROOM);
        Visitor listener = new Visitor(ROOM);
        inside.joins(gateway);
        listener.joins(gateway);
        List<String> lines = new CopyOnWriteArrayList<>();
        Future<?> stream = listen(another, listener, lines);
        await().until(() -> !lines.isEmpty());

        long begin = System.nanoTime();
        another.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(GRACE.dividedBy(2));
        stream.get(1, TimeUnit.SECONDS);
        listener.leaves(gateway);
        inside.leaves(gateway);
    }

    private static HttpResponse<String> manage(String path) {
        int port =
                gateway.getEnvironment()
                        .getRequiredProperty("local.management.port", Integer.class);
        return Visitor.send(
                java.net.http.HttpRequest.newBuilder(
                        java.net.URI.create("http://127.0.0.1:" + port + path)));
    }

    private static Future<?> listen(
            ConfigurableApplicationContext where, Visitor visitor, List<String> lines) {
        FutureTask<Void> reading =
                new FutureTask<>(
                        () -> {
                            HttpClient.newHttpClient()
                                    .send(
                                            Visitor.request(where, "/api/v1/queue/events")
                                                    .timeout(Duration.ofSeconds(30))
                                                    .header("Queue-Token", visitor.token())
                                                    .build(),
                                            BodyHandlers.ofLines())
                                    .body()
                                    .forEach(lines::add);
                            return null;
                        });
        Thread.startVirtualThread(reading);
        return reading;
    }

    private static Stream<String> data(List<String> lines) {
        return lines.stream().filter(line -> line.startsWith("data: "));
    }
}
