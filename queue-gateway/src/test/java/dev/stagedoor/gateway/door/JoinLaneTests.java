package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Arrived;
import dev.stagedoor.gateway.connection.Connection;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Joins that the server never sees, beside the same ones that it does. */
@DisabledIfSystemProperty(named = Gateways.WITHOUT_LANE, matches = "true")
class JoinLaneTests {

    private static final String ROOM = "main";
    private static final String JOIN = "POST /api/v1/queue/tokens HTTP/1.1\r\nHost: sale\r\n";
    private static final String NO_BODY = "Content-Length: 0\r\n\r\n";

    /** An offer that nobody takes: the lane leaves it to the server. */
    private static final String THE_LONG_WAY = "Upgrade: h2c\r\n";

    /** What is another one each time. */
    private static final Pattern OTHERS =
            Pattern.compile(
                    "(\"(?:token|asOf|instance|traceId|expiresAt)\":\")[^\"]*|(\"(?:sequence|position|ahead|"
                        + "waiting|estimatedWaitSeconds|pollAfterMillis|remainingSeconds)\":)\\d+|(queue-\\w+=)[^;]*|(Expires=)[^;]*|((?i:content-length|retry-after):"
                        + " )\\d+");

    private static final Pattern SEQUENCE = Pattern.compile("\"sequence\":(\\d+)");
    private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]+)\"");

    private static final String KNOWN =
            "Authorization: Bearer " + new Visitor(ROOM).accessToken() + "\r\n" + NO_BODY;

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void somebodyIsInside() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        Arrived.SETTING,
                        "stagedoor.rooms.main.capacity=1",
                        "stagedoor.rooms.main.session=1h",
                        "stagedoor.rooms.main.max-session=0",
                        "stagedoor.rooms.shut.mode=CLOSED",
                        "stagedoor.rooms.shut.paths=/shut/**",
                        "stagedoor.rooms.known.guests=false",
                        "stagedoor.rooms.known.paths=/known/**");
        new Visitor(ROOM).joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @AfterEach
    void redisIsThere() {
        redis.thaw();
        await().until(() -> joins(NO_BODY).startsWith("HTTP/1.1 201"));
    }

    static Stream<String> joinsOfEveryKind() {
        String json = "Content-Type: application/json\r\n";
        return Stream.of(
                NO_BODY,
                "\r\n",
                "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
                        + json
                        + body("{\"room\":\"nowhere\"}"),
                json + body("{\"room\":\"main\"}"),
                json + body("{}"),
                json + body("{\"room\":\"\"}"),
                json + body("{ \"room\": \"shut\" }"),
                json + body("{%254s}".formatted("")),
                "Accept-Language: ko\r\n" + json + body("{\"room\":\"shut\"}"),
                json + body("{\"room\":\"known\"}"),
                "Sec-Fetch-Site: cross-site\r\n" + NO_BODY,
                "Queue-Token: nonsense\r\n" + NO_BODY,
                "Cookie: theme=dark; queue-main=nonsense; access-token=old\r\n" + NO_BODY,
                "Authorization: Bearer nonsense\r\n" + NO_BODY,
                KNOWN);
    }

    @ParameterizedTest
    @MethodSource("joinsOfEveryKind")
    void areToldTheSameBothWays(String join) throws Exception {
        joins(KNOWN); // of whom nothing is heard for 49 s loses the place
        long before = seenByTheServer();
        String here = joins(join);
        assertThat(seenByTheServer()).isEqualTo(before);

        String there = joins(THE_LONG_WAY + join);

        await().until(() -> seenByTheServer() == before + 1);
        assertThat(withoutOthers(here)).isEqualTo(withoutOthers(there));
    }

    @Test
    void whoeverShowsAPlaceIsToldOfItBothWays() throws Exception {
        String token = found(TOKEN, joins(NO_BODY));

        for (String shown : List.of("Queue-Token: ", "Cookie: queue-main=")) {
            long before = seenByTheServer();
            String here = joins(shown + token + "\r\n" + NO_BODY);
            String there = joins(THE_LONG_WAY + shown + token + "\r\n" + NO_BODY);
            await().until(() -> seenByTheServer() == before + 1);

            assertThat(here).startsWith("HTTP/1.1 200").contains(token);
            assertThat(withoutOthers(here)).isEqualTo(withoutOthers(there));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
                "Content-Length: 2\r\n\r\n{}",
                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{]",
                "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"room\":null",
                "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"rool\":[1,2]}",
                "Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{}",
                "Content-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "2\r\n"
                        + "{}\r\n"
                        + "0\r\n\r\n"
            })
    void whatIsUnusualIsLeftToTheServer(String join) throws Exception {
        long before = seenByTheServer();

        joins(join);

        await().until(() -> seenByTheServer() == before + 1);
    }

    @Test
    void aBodyMayComeLater() throws Exception {
        long before = seenByTheServer();
        try (Connection connection = new Connection(gateway)) {
            String head = JOIN + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n";
            connection.send(head);
            await().until(() -> arrived(connection) == head.length());
            connection.send("{");
            await().until(() -> arrived(connection) == head.length() + 1);
            connection.send("}" + JOIN + NO_BODY);

            assertThat(connection.nextStatus()).isEqualTo(201);
            assertThat(connection.nextStatus()).isEqualTo(201);
        }
        await().until(() -> seenByTheServer() == before + 2);
    }

    @Test
    void whatComesBehindAJoinIsAnsweredBehindIt() throws Exception {
        String poll =
                "GET /api/v1/queue/tokens/current HTTP/1.1\r\nHost: sale\r\nQueue-Token: %s\r\n\r\n"
                        .formatted(found(TOKEN, joins(NO_BODY)));
        String open = "GET /api/v1/queue/rooms/main HTTP/1.1\r\nHost: sale\r\n\r\n";
        try (Connection connection = new Connection(gateway)) {
            for (int i = 0; i < 20; i++) {
                connection.send(
                        JOIN + NO_BODY + poll + JOIN + NO_BODY + open + JOIN + NO_BODY + poll);

                long first = sequence(connection.next().body());
                assertThat(connection.nextStatus()).isEqualTo(200);
                long second = sequence(connection.next().body());
                assertThat(connection.next().body()).contains("\"mode\":\"AUTO\"");
                long third = sequence(connection.next().body());
                assertThat(connection.next().body()).contains("\"state\":\"");
                assertThat(List.of(first, second, third)).isSorted().doesNotHaveDuplicates();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", THE_LONG_WAY})
    void noFaultyRequestBehindAJoinOvertakesItsAnswer(String way) throws Exception {
        String head = "GET // HTTP/1.1\r\nHost: sale\r\n\r\n";
        String body = "POST / HTTP/1.1\r\nHost: sale\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n";
        for (String faulty : List.of(head, body)) {
            try (Connection connection = new Connection(gateway)) {
                connection.send(JOIN + way + NO_BODY + faulty + JOIN + NO_BODY);

                assertThat(connection.nextStatus()).isEqualTo(201);
                assertThat(connection.readUntilItCloses())
                        .matches("(?s)(?:HTTP/1\\.1 400 .*)?")
                        .doesNotContain("HTTP/1.1 201");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", THE_LONG_WAY})
    void manyThatAreRefusedAtOnceAreAnsweredOneAfterTheOther(String way) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            String json =
                    way + "Content-Type: application/json\r\n" + body("{\"room\":\"nowhere\"}");
            connection.send((JOIN + json).repeat(100));

            for (int i = 0; i < 100; i++) {
                assertThat(connection.nextStatus()).isEqualTo(404);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1\r\nConnection: close", "1.0\r\nAccept: */*"})
    void closesTheConnectionOfWhoeverAsksForNoMore(String how) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            String join = "POST /api/v1/queue/tokens HTTP/" + how + "\r\nHost: sale\r\n";
            connection.send(join + NO_BODY + JOIN + NO_BODY);

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 201 Created\r\n")
                    .containsOnlyOnce("HTTP/1.1 ");
        }
    }

    @Test
    void everyPlaceIsGivenOnceAndInOrder() throws Exception {
        int connections = 32;
        int each = 40;
        List<Long> before = places();
        List<Long> given = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<List<Long>> somebody = () -> sequences(each);
            for (Future<List<Long>> one :
                    threads.invokeAll(
                            Stream.generate(() -> somebody).limit(connections).toList())) {
                assertThat(one.get()).hasSize(each).isSorted();
                given.addAll(one.get());
            }
        }

        List<Long> now = new ArrayList<>(places());
        now.removeAll(new HashSet<>(before));
        assertThat(given).doesNotHaveDuplicates();
        assertThat(now).containsExactlyInAnyOrderElementsOf(given);
    }

    @Test
    void whoeverHangsUpBeforeTheAnswerTakesOnePlaceAndNoMore() throws Exception {
        long newest = sequence(joins(NO_BODY)); // places of before may lapse meanwhile
        Set<SocketAddress> gone = new HashSet<>();
        redis.freeze();
        for (int i = 0; i < 20; i++) {
            try (Connection connection = new Connection(gateway)) {
                String joins = JOIN + NO_BODY + JOIN + NO_BODY;
                connection.send(joins);
                await().until(() -> arrived(connection) == joins.length());
                gone.add(connection.address());
            }
        }
        await().until(() -> Arrived.knowsToBeGone(gone, gateway));
        redis.thaw();

        await().until(() -> placesBehind(newest) >= gone.size());
        assertThat(joins(NO_BODY)).startsWith("HTTP/1.1 201");
        assertThat(placesBehind(newest)).isEqualTo(gone.size() + 1);
    }

    @Test
    void whoeverCannotBeGivenAPlaceIsToldWhenToComeAgain() throws Exception {
        List<Long> before = places();
        redis.freeze();

        String answer = joins(NO_BODY);

        assertThat(answer)
                .startsWith("HTTP/1.1 503")
                .contains("Retry-After: 1\r\n", "queue-unavailable");
        redis.thaw();
        await().until(() -> joins(NO_BODY).startsWith("HTTP/1.1 201"));
        assertThat(places()).hasSizeLessThanOrEqualTo(before.size() + 2);
    }

    @Test
    void aGatewayThatStopsAnswersThemFirst() throws Exception {
        ExpressLane.UnderWay joins = gateway.getBean(ExpressLane.UnderWay.class);
        redis.freeze();
        try (Connection connection = new Connection(gateway)) {
            connection.send(JOIN + NO_BODY);
            await().until(() -> joins.count.get() > 1);
            Thread stopping = Thread.startVirtualThread(gateway::stop);
            await().until(() -> !joins.isRunning());
            redis.thaw();

            assertThat(connection.nextStatus()).isEqualTo(201);
            stopping.join();
        } finally {
            gateway.start();
        }
    }

    private static List<Long> sequences(int many) throws IOException {
        List<Long> sequences = new ArrayList<>();
        try (Connection connection = new Connection(gateway)) {
            for (int i = 0; i < many; i++) {
                connection.send(JOIN + NO_BODY);
                sequences.add(sequence(connection.next().body()));
            }
        }
        return sequences;
    }

    private static List<Long> places() {
        return redis.ask("ZRANGE wr:{main}:waiting 0 -1 WITHSCORES")
                .lines()
                .filter(line -> line.matches("\\d{10,}"))
                .map(Long::parseLong)
                .toList();
    }

    private static long placesBehind(long sequence) {
        return places().stream().filter(place -> place > sequence).count();
    }

    private static String joins(String more) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(JOIN + "Connection: close\r\n" + more);
            return connection.readUntilItCloses();
        }
    }

    private static long arrived(Connection connection) {
        return Arrived.from(connection.address(), gateway);
    }

    private static String body(String text) {
        return "Content-Length: " + text.length() + "\r\n\r\n" + text;
    }

    private static String withoutOthers(String answer) {
        return OTHERS.matcher(answer).replaceAll("$1$2$3$4$5…");
    }

    private static long sequence(String answer) {
        return Long.parseLong(found(SEQUENCE, answer));
    }

    private static String found(Pattern what, String answer) {
        Matcher found = what.matcher(answer);
        assertThat(found.find()).as(answer).isTrue();
        return found.group(1);
    }

    private static long seenByTheServer() {
        return gateway
                .getBean(MeterRegistry.class)
                .find("http.server.requests")
                .tag("uri", "/api/v1/queue/tokens")
                .timers()
                .stream()
                .mapToLong(Timer::count)
                .sum();
    }
}
