package dev.stagedoor.gateway.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Another version of every gateway, one after the other, while people wait and buy. */
class RollingTests {

    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final String POLL = "/api/v1/queue/tokens/current";

    /** Both as their examples are. */
    private enum Before {
        NGINX {
            @Override
            Proxy start(int one, int other) throws IOException {
                return Proxy.nginx(new Proxy.Behind(0, 0, 0), _ -> example(one, other));
            }
        },
        HAPROXY {
            @Override
            Proxy start(int one, int other) throws IOException {
                return Proxy.haproxy(one, other);
            }
        };

        abstract Proxy start(int one, int other) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void nobodyIsRefusedAndNobodyLosesAPlace(Before proxy) throws Exception {
        int one = FreePort.find();
        int other = FreePort.find();
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream site = new Upstream();
                Proxy before = proxy.start(one, other)) {
            ConfigurableApplicationContext first = start(redis, site, one, "1s");
            ConfigurableApplicationContext second = start(redis, site, other, "1s");
            Visitor inside = new Visitor("main");
            inside.joins(first);
            await().until(() -> inside.isActive(first) && inside.isActive(second));
            Visitor waiting = new Visitor("main");
            long ahead = waiting.joins(second).get("ahead").asLong();

            Crowd early = new Crowd(before.url());
            early.keepsAsking(POLL, waiting);
            early.hasFound(first);
            early.hasFound(second);
            early.stops();
            Crowd crowd = new Crowd(before.url());
            crowd.keepsAsking("/shop", inside);
            crowd.keepsAsking("/shop", inside);
            crowd.keepsAsking(POLL, waiting);
            crowd.keepsAsking(POLL, waiting);
            crowd.askedOften();
            first.close();
            crowd.askedOften();
            ConfigurableApplicationContext newFirst = start(redis, site, one, "900ms");
            crowd.hasFound(newFirst);
            crowd.askedOften();
            second.close();
            crowd.askedOften();
            ConfigurableApplicationContext newSecond = start(redis, site, other, "900ms");
            crowd.hasFound(newSecond);
            crowd.askedOften();
            crowd.stops();

            assertThat(crowd.refused).isEmpty();
            JsonNode status = waiting.status(newSecond);
            assertThat(status.get("state").asString()).isEqualTo("WAITING");
            assertThat(status.get("ahead").asLong()).isEqualTo(ahead);
            newFirst.close();
            newSecond.close();
        }
    }

    @Test
    void theGatewayIsToldNothingThatAVisitorSays() throws Exception {
        try (ByteUpstream gateway = new ByteUpstream();
                Proxy before = Before.NGINX.start(gateway.port(), gateway.port());
                Connection connection = new Connection(before.port())) {
            connection.send(said("http://shop.example/a", "evil.example:81", "h2c"));
            assertThat(connection.nextStatus()).isEqualTo(200);

            assertThat(gateway.arrived().getFirst().head())
                    .containsExactlyInAnyOrder(
                            "GET /a HTTP/1.1",
                            "Host: shop.example:81",
                            "X-Forwarded-For: 127.0.0.1",
                            "X-Forwarded-Host: shop.example:81",
                            "X-Forwarded-Proto: http",
                            "X-Own: kept");
        }
    }

    @Test
    void norByHaproxyWhichRefusesWhoNamesTwoHosts() throws Exception {
        try (ByteUpstream gateway = new ByteUpstream();
                Proxy before = Before.HAPROXY.start(gateway.port(), gateway.port())) {
            for (String upgrade : List.of("h2c", "websocket, h2c", "h2c\nUpgrade: websocket")) {
                assertThat(status(before, "http://shop.example/a", "evil.example", upgrade))
                        .isEqualTo(400);
                assertThat(status(before, "http://shop.example/a", "shop.example", upgrade))
                        .isEqualTo(200);
                assertThat(asked(gateway)).containsExactly(told("/a", "shop.example"));
            }
            assertThat(status(before, "/b", "shop.example:81", "WebSocket")).isEqualTo(200);
            assertThat(asked(gateway))
                    .containsExactly(told("/b", "shop.example:81", "upgrade: WebSocket"));
        }
    }

    /** But for its own questions. */
    private static List<Set<String>> asked(ByteUpstream gateway) {
        return gateway.arrived().stream()
                .filter(it -> !it.line().startsWith("GET /api/v1/queue/health "))
                .map(it -> Set.copyOf(it.head()))
                .toList();
    }

    private static Set<String> told(String target, String host, String... more) {
        return Stream.concat(
                        Stream.of(
                                "GET " + target + " HTTP/1.1",
                                "host: " + host,
                                "connection: Upgrade",
                                "sec-websocket-key: " + KEY,
                                "x-forwarded-for: 127.0.0.1",
                                "x-forwarded-host: " + host,
                                "x-forwarded-proto: http",
                                "x-own: kept"),
                        Stream.of(more))
                .collect(Collectors.toSet());
    }

    private static int status(Proxy before, String target, String host, String upgrade)
            throws IOException {
        try (Connection connection = new Connection(before.port())) {
            connection.send(said(target, host, upgrade + "\nSec-WebSocket-Key: " + KEY));
            return connection.nextStatus();
        }
    }

    /** A request with all that a visitor could say in a proxy's name. */
    private static String said(String target, String host, String upgrade) {
        return """
        GET %s HTTP/1.1
        Host: %s
        X-Forwarded-For: 6.6.6.6
        X-Forwarded-Host: evil.example
        X-Forwarded-Port: 666
        X-Forwarded-Prefix: /evil
        X-Forwarded-Proto: https
        Forwarded: for=6.6.6.6;host=evil.example
        X-Real-IP: 6.6.6.6
        Client-IP: 6.6.6.6
        X-Cluster-Client-IP: 6.6.6.6
        True-Client-IP: 6.6.6.6
        CF-Connecting-IP: 6.6.6.6
        X-Client-IP: 6.6.6.6
        Upgrade: %s
        Connection: Upgrade
        X-Own: kept

        """
                .formatted(target, host, upgrade)
                .replace("\n", "\r\n");
    }

    /** The two lines of docs/operations.md, with the host of another gateway at the same port. */
    @Test
    void oneGatewayIsTakenOutAndBroughtBackByTheLinesOfTheRunbook() throws Exception {
        Path file = Files.createTempFile("gateways", ".conf");
        String all =
                Files.readString(Path.of("../deploy/nginx/gateways.conf"))
                        .replace("127.0.0.1:8082", "127.0.0.2:8080");
        Files.writeString(file, all);
        List<String> lines =
                Files.readAllLines(Path.of("../docs/operations.md")).stream()
                        .filter(line -> line.startsWith("sed -i "))
                        .map(line -> line.substring(0, line.indexOf(" gateways.conf")))
                        .toList();
        assertThat(lines).hasSize(2);

        run(lines.getFirst(), file);
        assertThat(Files.readString(file))
                .isEqualTo(
                        all.replace(
                                "127.0.0.1:8080 max_fails=0", "127.0.0.1:8080 max_fails=0 down"));

        run(lines.getLast(), file);
        assertThat(Files.readString(file)).isEqualTo(all);
        Files.delete(file);
    }

    private static void run(String command, Path file) throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", command + " " + file).inheritIO().start();
        assertThat(shell.waitFor()).isZero();
    }

    private static String example(int one, int other) {
        try {
            return Files.readString(Path.of("../deploy/nginx/gateways.conf"))
                    .replace("127.0.0.1:8080", "127.0.0.1:" + one)
                    .replace("127.0.0.1:8082", "127.0.0.1:" + other);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The next version differs in what it makes new rooms with. */
    private static ConfigurableApplicationContext start(
            EmbeddedRedis redis, Upstream site, int port, String interval) {
        return Gateways.startOn(
                redis.url(),
                site.url(),
                "stagedoor.gateway.port=" + port,
                "stagedoor.gateway.trusted-proxies=127.0.0.1",
                "stagedoor.rooms.main.capacity=1",
                "stagedoor.rooms.main.session=1h",
                "stagedoor.rooms.main.max-session=0",
                "stagedoor.rooms.main.interval=" + interval);
    }

    /** Asks again as soon as it is answered. */
    private static final class Crowd {

        private final String url;
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final AtomicInteger asked = new AtomicInteger();
        private final Queue<String> refused = new ConcurrentLinkedQueue<>();
        private final Queue<CompletableFuture<Void>> people = new ConcurrentLinkedQueue<>();

        Crowd(String url) {
            this.url = url;
        }

        void keepsAsking(String path, Visitor visitor) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(url + path))
                            .timeout(Duration.ofSeconds(20))
                            .header("Queue-Token", visitor.token());
            people.add(
                    CompletableFuture.runAsync(
                            () -> {
                                while (!isOver.get()) {
                                    ask(request);
                                }
                            },
                            command -> Thread.ofVirtual().start(command)));
        }

        private void ask(HttpRequest.Builder request) {
            HttpResponse<String> answer = Visitor.send(request);
            asked.incrementAndGet();
            if (answer.statusCode() != 200) {
                refused.add(answer.statusCode() + " " + answer.body());
            }
        }

        void askedOften() {
            int before = asked.get();
            await().until(() -> asked.get() > before + 500);
        }

        /** HAProxy looks once in a second whether somebody is back. */
        void hasFound(ConfigurableApplicationContext gateway) {
            double before = polls(gateway);
            await().until(() -> polls(gateway) > before);
        }

        private static double polls(ConfigurableApplicationContext gateway) {
            return gateway
                    .getBean(MeterRegistry.class)
                    .find("stagedoor.queue.polls")
                    .counters()
                    .stream()
                    .mapToDouble(Counter::count)
                    .sum();
        }

        void stops() {
            isOver.set(true);
            CompletableFuture.allOf(List.copyOf(people).toArray(CompletableFuture[]::new)).join();
        }
    }
}
