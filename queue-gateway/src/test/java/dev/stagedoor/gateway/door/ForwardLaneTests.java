package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Named.named;

import dev.stagedoor.common.Headers;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Requests to the upstream that the server never sees, beside the same ones that it does. */
@DisabledIfSystemProperty(named = Gateways.WITHOUT_LANE, matches = "true")
class ForwardLaneTests {

    private static final String ROOM = "forwards";

    /** An offer that nobody takes: the lane leaves it to the server. */
    private static final String THE_LONG_WAY = "Upgrade: h2c\r\n";

    private static final int UNDER_WAY = 3;
    private static final String LONG = "x".repeat(1_000_000);

    /** What is another one each time. */
    private static final Pattern OTHERS =
            Pattern.compile(
                    "(\"(?:asOf|instance|traceId)\":\")[^\"]*|(\"(?:ahead|position|waiting|"
                        + "estimatedWaitSeconds|pollAfterMillis)\":)\\d+|(queue-\\w+=)[^;]*|((?i:content-length|retry-after|date):"
                        + " )[^\\r"
                        + "]*");

    private static final Visitor INSIDE = new Visitor(ROOM);
    private static final Visitor WAITING = new Visitor(ROOM);
    private static final Visitor GONE = new Visitor(ROOM);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void oneIsInsideOneWaitsAndOneHasLeft() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.upstream.response-timeout=3s",
                        "stagedoor.gateway.idle-timeout=1s",
                        "stagedoor.gateway.limits.requests-under-way=" + UNDER_WAY,
                        "stagedoor.gateway.unlimited-addresses=",
                        "stagedoor.rooms.forwards.capacity=1",
                        "stagedoor.rooms.forwards.session=1h",
                        "stagedoor.rooms.forwards.open-paths=GET /open/**",
                        "stagedoor.rooms.shut.mode=CLOSED",
                        "stagedoor.rooms.shut.paths=/shut/**",
                        "stagedoor.rooms.nowhere.mode=OPEN",
                        "stagedoor.rooms.nowhere.origin=http://127.0.0.1:1",
                        "stagedoor.rooms.nowhere.paths=/nowhere/**");
        Stream.of(INSIDE, WAITING, GONE).forEach(visitor -> visitor.joins(gateway));
        GONE.leaves(gateway);
        await().until(
                        () ->
                                INSIDE.gets(gateway, "/seats").statusCode() == 200
                                        && Stream.of(INSIDE, WAITING, GONE)
                                                .allMatch(it -> Gateways.isCertainOf(it, gateway)));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @MethodSource("dev.stagedoor.gateway.door.UpstreamAnswers#ofEveryKind")
    void areAnsweredTheSameBothWays(Upstream.Handler answers) throws Exception {
        BlockingQueue<Map<String, String>> arrived = new LinkedBlockingQueue<>();
        upstream.answers(
                (request, response) -> {
                    arrived.add(
                            request.requestHeaders().entries().stream()
                                    .filter(field -> !field.getKey().equals("traceparent"))
                                    .collect(
                                            Collectors.toMap(
                                                    Map.Entry::getKey,
                                                    ForwardLaneTests::whicheverPass)));
                    return answers.handle(request, response);
                });
        for (String token : List.of("Queue-Token: ", "Cookie: a=1; queue-forwards=")) {
            String more = "Accept-Language: ko\r\n" + token + INSIDE.token() + "\r\n";

            String here = asks("/seats?row=1", more);
            String there = asks("/seats?row=1", THE_LONG_WAY + more);

            assertThat(withoutOthers(here)).isEqualTo(withoutOthers(there));
            assertThat(arrived.take()).isEqualTo(arrived.take()).containsKey(Headers.PASS);
            arrived.clear(); // what only looks is asked once more if nobody answers
        }
    }

    /** It is signed anew every ten seconds, perhaps between two requests. */
    private static String whicheverPass(Map.Entry<String, String> field) {
        return field.getKey().equals(Headers.PASS) ? "signed" : field.getValue();
    }

    static Stream<String> refusalsOfEveryKind() {
        return Stream.of(
                "/seats Accept: */*",
                "/seats Queue-Token: nonsense",
                "/seats Queue-Token: " + WAITING.token(),
                "/seats Queue-Token: " + GONE.token(),
                "/seats Cookie: queue-forwards=" + GONE.token(),
                "/shut/seats Accept: */*",
                "/nowhere/seats Accept: */*",
                "/nowhere/seats Queue-Token: " + WAITING.token(),
                "/seats Accept: text/html\r\nQueue-Token: nonsense",
                "/actuator/health Accept: */*");
    }

    @ParameterizedTest
    @MethodSource("refusalsOfEveryKind")
    void areRefusedTheSameBothWays(String asked) throws Exception {
        String[] words = asked.split(" ", 2);

        String here = asks(words[0], words[1] + "\r\n");
        String there = asks(words[0], THE_LONG_WAY + words[1] + "\r\n");

        assertThat(here).matches("(?s)HTTP/1\\.1 (?:202|4\\d\\d|5\\d\\d) .*");
        assertThat(withoutOthers(here)).isEqualTo(withoutOthers(there));
    }

    @Test
    void manyAtOnceAreAnsweredInTheirOrder() throws Exception {
        upstream.answers(
                (request, response) ->
                        request.uri().length() % 2 == 0
                                ? UpstreamAnswers.whole(response, request.uri())
                                : Mono.delay(Duration.ofMillis(5))
                                        .then(UpstreamAnswers.whole(response, request.uri())));
        try (Connection connection = new Connection(gateway)) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                all.append(get("/seats/" + i, "")).append(get("/open/" + i, THE_LONG_WAY));
            }
            connection.send(all.toString());

            for (int i = 0; i < 100; i++) {
                assertThat(connection.next().body()).isEqualTo("/seats/" + i);
                assertThat(connection.next().body()).isEqualTo("/open/" + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1\r\nConnection: close", "1.0\r\nAccept: */*"})
    void closesTheConnectionOfWhoeverAsksForNoMore(String how) throws Exception {
        upstream.answers((_, response) -> UpstreamAnswers.whole(response, "hello"));
        try (Connection connection = new Connection(gateway)) {
            connection.send(get("/seats", "").replace("1.1\r\n", how + "\r\n") + get("/seats", ""));

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .containsOnlyOnce("HTTP/1.1 ")
                    .endsWith("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Connection: keep-alive\r\n"})
    void endsWithTheConnectionForWhoeverKnowsNoChunks(String more) throws Exception {
        upstream.answers((_, response) -> response.sendString(Flux.just("he", "llo")));
        try (Connection connection = new Connection(gateway)) {
            connection.send(get("/seats", more).replace("HTTP/1.1", "HTTP/1.0"));

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .doesNotContainIgnoringCase("chunked")
                    .doesNotContainIgnoringCase("keep-alive")
                    .endsWith("\r\n\r\nhello");
        }
    }

    /** Longer than a connection is kept on which nothing is under way. */
    @Test
    void waitsForAnUpstreamThatThinks() throws Exception {
        upstream.answers(
                (_, response) ->
                        Mono.delay(Duration.ofMillis(1_500))
                                .then(UpstreamAnswers.whole(response, "hello")));
        try (Connection connection = new Connection(gateway)) {
            connection.send(get("/seats", ""));

            assertThat(connection.next().body()).isEqualTo("hello");
        }
    }

    @Test
    void givesUpOnOneThatNeverAnswers() throws Exception {
        upstream.answers((_, _) -> Mono.never());

        assertThat(asks("/seats", "Queue-Token: " + INSIDE.token() + "\r\n"))
                .startsWith("HTTP/1.1 504 ")
                .contains("upstream-timeout");
    }

    /** And neither those who hang up nor those who are refused are counted for ever. */
    @Test
    void nobodyHasMoreUnderWayThanAllowed() throws Exception {
        upstream.answers((_, _) -> Mono.never());
        for (int round = 0; round < 3; round++) {
            try (Connection one = new Connection(gateway);
                    Connection two = new Connection(gateway);
                    Connection three = new Connection(gateway)) {
                for (Connection connection : List.of(one, two, three)) {
                    connection.send(get("/seats", ""));
                }
                await().until(() -> underWay() == 3);
                String inside = "Queue-Token: " + INSIDE.token() + "\r\n";
                assertThat(asks("/seats", inside)).startsWith("HTTP/1.1 429 ");
                assertThat(asks("/seats", inside + "Accept: text/html\r\n"))
                        .startsWith("HTTP/1.1 429 ")
                        .contains("<html");
            }
            await().until(() -> underWay() == 0);
        }
        upstream.answers((_, response) -> UpstreamAnswers.whole(response, "hello"));
        await().untilAsserted(
                        () -> assertThat(INSIDE.gets(gateway, "/seats").body()).isEqualTo("hello"));
    }

    /** Else a few who hang up again and again would have all connections. */
    @ParameterizedTest
    @ValueSource(
            strings = {"PUT /seats HTTP/1.1\r\n", "PUT /seats HTTP/1.1\r\nContent-Length: 0\r\n"})
    void aWriteIsUnderWayUntilItIsAnsweredWhoeverHangsUp(String first) throws Exception {
        AtomicInteger arrived = new AtomicInteger();
        Sinks.Empty<Void> end = Sinks.empty();
        upstream.answers(
                (_, response) -> {
                    arrived.incrementAndGet();
                    return end.asMono().then(response.send());
                });
        for (int i = 1; i <= UNDER_WAY; i++) {
            int expected = i;
            try (Connection connection = new Connection(gateway)) {
                connection.send(get("/seats", "").replaceFirst(".*\r\n", first));
                await().until(() -> arrived.get() == expected);
            }
        }
        String inside = "Queue-Token: " + INSIDE.token() + "\r\n";
        await().during(Duration.ofMillis(300))
                .untilAsserted(
                        () -> assertThat(asks("/seats", inside)).startsWith("HTTP/1.1 429 "));

        end.tryEmitEmpty();

        await().untilAsserted(() -> assertThat(asks("/seats", inside)).startsWith("HTTP/1.1 200 "));
    }

    /** The server closes the connection, and asks nobody what is under way. */
    @ParameterizedTest
    @ValueSource(strings = {"x:", "x:99999"})
    void nothingIsLostByAHostThatCannotBeRead(String host) throws Exception {
        upstream.answers((_, response) -> UpstreamAnswers.whole(response, LONG));
        for (int i = 0; i < UNDER_WAY; i++) {
            try (Connection connection = new Connection(gateway)) {
                connection.send(get("/seats", "").replace("Host: sale", "Host: " + host));
                assertThat(connection.next().body()).contains("validation-failed");
            }
        }

        assertThat(INSIDE.gets(gateway, "/seats").statusCode()).isEqualTo(200);
    }

    /** As one does that has not done with the request before it when the client hangs up. */
    @Test
    void whatTheServerNeverTakesIsGivenBack() throws Exception {
        upstream.answers((_, response) -> UpstreamAnswers.whole(response, LONG));
        AtomicInteger left = new AtomicInteger();
        DisposableServer server =
                gateway.getBean(ExpressLane.OnEachConnection.class)
                        .apply(HttpServer.create().host("127.0.0.1").port(0))
                        .handle(
                                (_, _) ->
                                        Mono.fromRunnable(left::incrementAndGet).then(Mono.never()))
                        .bindNow();
        for (int i = 1; i <= UNDER_WAY; i++) {
            try (Socket client = new Socket("127.0.0.1", server.port())) {
                client.getOutputStream()
                        .write(get("/seats", "").getBytes(StandardCharsets.US_ASCII));
                await().untilAtomic(left, equalTo(i));
            }
        }
        server.disposeNow();

        await().untilAsserted(
                        () ->
                                assertThat(INSIDE.gets(gateway, "/seats").statusCode())
                                        .isEqualTo(200));
    }

    @Test
    void aGatewayThatStopsWaitsForThem() throws Exception {
        BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
        upstream.answers(
                (request, response) -> {
                    arrived.add(request.uri());
                    return Mono.delay(Duration.ofMillis(500))
                            .then(UpstreamAnswers.whole(response, "hello"));
                });
        ExpressLane.UnderWay underWay = gateway.getBean(ExpressLane.UnderWay.class);
        try (Connection connection = new Connection(gateway)) {
            connection.send(get("/seats", ""));
            arrived.take();
            Thread stopping = Thread.startVirtualThread(gateway::stop);
            await().until(() -> !underWay.isRunning());

            assertThat(connection.next().body()).isEqualTo("hello");
            stopping.join();
        } finally {
            gateway.start();
        }
    }

    /** Counted as before: one decision and one answer for each. */
    @Test
    void isCountedOnce() throws Exception {
        upstream.answers((_, response) -> UpstreamAnswers.whole(response, "hello"));
        for (String way : List.of("", THE_LONG_WAY)) {
            double passed = passed();
            long answered = answered();
            try (Connection connection = new Connection(gateway)) {
                connection.send(get("/seats", way).repeat(10));
                for (int i = 0; i < 10; i++) {
                    assertThat(connection.nextStatus()).isEqualTo(200);
                }
            }
            await().untilAsserted(() -> assertThat(answered() - answered).isEqualTo(10));
            assertThat(passed() - passed).isEqualTo(10);
        }
    }

    private static double passed() {
        return gateway.getBean(MeterRegistry.class)
                .get("stagedoor.queue.gate")
                .tag("room", ROOM)
                .tag("outcome", "passed")
                .counter()
                .count();
    }

    private static long answered() {
        Timer timer =
                gateway.getBean(MeterRegistry.class)
                        .get("stagedoor.queue.forward")
                        .tag("outcome", "answered")
                        .timer();
        return timer.count();
    }

    private static int underWay() {
        return gateway.getBean(ExpressLane.UnderWay.class).count.get() - 1;
    }

    private static String asks(String path, String more) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "GET %s HTTP/1.1\r\nHost: sale\r\nConnection: close\r\n%s\r\n"
                            .formatted(path, more));
            return connection.readUntilItCloses();
        }
    }

    private static String get(String path, String more) {
        return "GET %s HTTP/1.1\r\nHost: sale\r\nQueue-Token: %s\r\n%s\r\n"
                .formatted(path, INSIDE.token(), more);
    }

    private static String withoutOthers(String answer) {
        boolean isPage = answer.contains("Content-Type: text/html");
        String compared = isPage ? answer.substring(0, answer.indexOf("\r\n\r\n")) : answer;
        return OTHERS.matcher(compared).replaceAll("$1$2$3$4…");
    }
}
