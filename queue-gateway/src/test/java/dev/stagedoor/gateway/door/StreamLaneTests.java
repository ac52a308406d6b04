package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Streams that the server never sees, beside the same ones that it does. */
@DisabledIfSystemProperty(named = Gateways.WITHOUT_LANE, matches = "true")
class StreamLaneTests {

    private static final String ROOM = "main";
    private static final int MOST = 8;
    private static final String EVENTS = "GET /api/v1/queue/events HTTP/%s\r\nHost: sale\r\n%s\r\n";

    /** An offer that nobody takes: the lane leaves it to the server. */
    private static final String THE_LONG_WAY = "Upgrade: h2c\r\n";

    /** What is another one each time, and how long that makes a chunk. */
    private static final Pattern OTHERS =
            Pattern.compile(
                    "(?m)(\"(?:asOf|instance|traceId)\":\")[^\"]*"
                            + "|(\"(?:sequence|position|ahead|waiting|estimatedWaitSeconds|"
                            + "pollAfterMillis)\":)\\d+"
                            + "|(retry: )\\d+|^[0-9a-f]+(?=\r)|((?i:content-length): )\\d+");

    private static final Visitor INSIDE = new Visitor(ROOM);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ExpressLane.UnderWay underWay;

    @BeforeAll
    static void somebodyIsInside() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.gateway.max-streams=" + MOST,
                        "stagedoor.rooms.main.capacity=1",
                        "stagedoor.rooms.main.session=1h",
                        "stagedoor.rooms.main.max-session=0",
                        "stagedoor.rooms.main.interval=100ms");
        underWay = gateway.getBean(ExpressLane.UnderWay.class);
        INSIDE.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @AfterEach
    void nothingIsLeft() {
        redis.thaw();
        await().until(() -> underWay.count.get() == 1);
    }

    /** Of somebody who waits, and leaves. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: close\r\nQueue-Token: %s\r\n",
                "Connection: close\r\nCookie: a=b; queue-main=%s\r\n"
            })
    void areToldTheSameBothWays(String how) throws Exception {
        long before = seenByTheServer();
        String here = wholeStream("1.1", how);
        assertThat(seenByTheServer()).isEqualTo(before);

        String there = wholeStream("1.1", how + THE_LONG_WAY);

        await().until(() -> seenByTheServer() == before + 1);
        assertThat(here).contains("retry: ", "event: status", "event: ended", "queue-token-left");
        assertThat(withoutOthers(here)).isEqualTo(withoutOthers(there));
    }

    @Test
    void endsAtOnceForWhoeverIsInside() throws Exception {
        for (String way : List.of("", THE_LONG_WAY)) {
            assertThat(answer(shows(INSIDE) + way))
                    .startsWith("HTTP/1.1 200 ")
                    .containsOnlyOnce("event: ")
                    .contains("\"state\":\"ACTIVE\"")
                    .endsWith("\r\n0\r\n\r\n");
        }
    }

    /** Who knows of no chunks. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Connection: keep-alive\r\n",
                THE_LONG_WAY,
                THE_LONG_WAY + "Connection: keep-alive\r\n"
            })
    void lastsUntilTheConnectionClosesForAnOldClient(String more) throws Exception {
        assertThat(wholeStream("1.0", "Queue-Token: %s\r\n" + more))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .containsIgnoringCase("\r\nContent-Type: text/event-stream;")
                .contains("\r\n\r\nretry: ")
                .endsWith("event: ended\ndata: {\"code\":\"queue-token-left\"}\n\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Queue-Token: nonsense\r\n",
                "Cookie: queue-main=nonsense\r\n",
                "Accept-Language: ko\r\n"
            })
    void areRefusedTheSameBothWays(String how) throws Exception {
        String here = answer(how);
        String there = answer(how + THE_LONG_WAY);

        assertThat(here).startsWith("HTTP/1.1 401 ");
        assertThat(withoutOthers(here)).isEqualTo(withoutOthers(there));
    }

    @Test
    void areRefusedToWhoeverHasGoneBothWays() throws Exception {
        Visitor gone = waiting();
        gone.leaves(gateway);

        for (String way : List.of("", THE_LONG_WAY)) {
            assertThat(answer(shows(gone) + way))
                    .startsWith("HTTP/1.1 410 ")
                    .contains("queue-token-left");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", THE_LONG_WAY})
    void whatComesBehindAStreamIsAnsweredBehindIt(String way) throws Exception {
        Visitor visitor = waiting();
        String poll =
                "GET /api/v1/queue/tokens/current HTTP/1.1\r\nHost: sale\r\n%s\r\n"
                        .formatted(shows(visitor));
        String room = "GET /api/v1/queue/rooms/main HTTP/1.1\r\nHost: sale\r\n\r\n";
        try (Connection connection = new Connection(gateway)) {
            connection.send(poll + EVENTS.formatted("1.1", shows(visitor) + way) + room + poll);
            assertThat(connection.next().body()).contains("\"state\":\"WAITING\"");
            connection.readUntil("event: status");

            visitor.leaves(gateway);

            assertThat(connection.readUntil("\r\n0\r\n\r\n")).contains("queue-token-left");
            assertThat(connection.next().body()).contains("\"mode\":\"AUTO\"");
            assertThat(connection.nextStatus()).isEqualTo(410);
            connection.send(room);
            assertThat(connection.nextStatus()).isEqualTo(200);
        }
    }

    /** As many as may be, again and again: each that is not freed would be missing. */
    @Test
    void whoeverHangsUpMakesRoomForTheNextOne() throws Exception {
        List<Visitor> visitors = Stream.generate(StreamLaneTests::waiting).limit(MOST).toList();
        for (int round = 0; round < 4; round++) {
            List<Connection> open = new ArrayList<>();
            for (Visitor visitor : visitors) {
                open.add(opened(visitor, round % 3 == 2 ? THE_LONG_WAY : ""));
            }
            assertThat(answer(shows(visitors.getFirst())))
                    .startsWith("HTTP/1.1 503 ")
                    .contains("gateway-busy");
            for (Connection connection : open) {
                connection.close();
            }
            await().until(() -> underWay.count.get() == 1 && isRoomFor(visitors.getFirst()));
        }
        visitors.forEach(visitor -> visitor.leaves(gateway));
    }

    @Test
    void whoeverHangsUpWhileRedisIsAskedLeavesNothing() throws Exception {
        List<Visitor> visitors = Stream.generate(StreamLaneTests::waiting).limit(10).toList();
        redis.freeze();
        for (Visitor visitor : visitors) {
            try (Connection connection = new Connection(gateway)) {
                connection.send(EVENTS.formatted("1.1", shows(visitor)));
            }
        }
        redis.thaw();
        await().until(() -> underWay.count.get() == 1);
        await().until(() -> isRoomFor(visitors.getFirst()));
        visitors.forEach(visitor -> visitor.leaves(gateway));
    }

    /** Nobody knows where it ends, or whether more is meant. */
    @ParameterizedTest
    @ValueSource(strings = {"", THE_LONG_WAY})
    void whatCannotBeReadBehindAStreamEndsIt(String way) throws Exception {
        Visitor visitor = waiting();
        try (Connection connection = opened(visitor, way)) {
            connection.send("GET / HTTP/9.9\r\n\r\n");

            connection.readUntilItCloses();
        }
        await().until(() -> underWay.count.get() == 1);
        visitor.leaves(gateway);
    }

    @Test
    void manyComeAndGoAndLeaveNothing() throws Exception {
        List<Visitor> visitors = Stream.generate(StreamLaneTests::waiting).limit(3).toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 2 * visitors.size(); i++) {
                Visitor visitor = visitors.get(i % visitors.size());
                String way = i % 4 == 3 ? THE_LONG_WAY : "";
                all.add(() -> comesAndGoes(visitor, way));
            }
            for (Future<Integer> one : threads.invokeAll(all)) {
                assertThat(one.get()).isEqualTo(20);
            }
        }
        visitors.forEach(visitor -> visitor.leaves(gateway));
        await().until(() -> underWay.count.get() == 1);
        whoeverHangsUpMakesRoomForTheNextOne();
    }

    /** Those who have just gone may have to be noticed before there is room for the next one. */
    private static int comesAndGoes(Visitor visitor, String way) throws IOException {
        int told = 0;
        while (told < 20) {
            await().pollDelay(Duration.ZERO).until(() -> isTold(visitor, way));
            told++;
        }
        return told;
    }

    @Test
    void aGatewayThatStopsEndsThemAndOneThatStartsAgainHasThemAgain() throws Exception {
        Visitor visitor = waiting();
        try (Connection connection = opened(visitor, "")) {
            Thread stopping = Thread.startVirtualThread(gateway::stop);

            connection.readUntil("\r\n0\r\n\r\n");
            stopping.join();
        } finally {
            gateway.start();
        }
        await().until(() -> isRoomFor(visitor));
        visitor.leaves(gateway);
    }

    private static boolean isRoomFor(Visitor visitor) throws IOException {
        return isTold(visitor, "");
    }

    private static boolean isTold(Visitor visitor, String way) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(EVENTS.formatted("1.1", shows(visitor) + way));
            return connection.readUntil("\r\n").startsWith("HTTP/1.1 200 ")
                    && connection.readUntil("event: ").endsWith("event: ");
        }
    }

    private static Connection opened(Visitor visitor, String way) throws IOException {
        Connection connection = new Connection(gateway);
        connection.send(EVENTS.formatted("1.1", shows(visitor) + way));
        assertThat(connection.readUntil("event: status")).startsWith("HTTP/1.1 200 ");
        return connection;
    }

    private static String wholeStream(String version, String more) throws IOException {
        Visitor visitor = waiting();
        try (Connection connection = new Connection(gateway)) {
            connection.send(EVENTS.formatted(version, more.formatted(visitor.token())));
            String begin = connection.readUntil("\"}\n\n");
            visitor.leaves(gateway);
            return begin + connection.readUntilItCloses();
        }
    }

    private static String answer(String more) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(EVENTS.formatted("1.1", "Connection: close\r\n" + more));
            return connection.readUntilItCloses();
        }
    }

    private static Visitor waiting() {
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(gateway);
        return visitor;
    }

    private static String shows(Visitor visitor) {
        return "Queue-Token: " + visitor.token() + "\r\n";
    }

    private static String withoutOthers(String answer) {
        return OTHERS.matcher(answer).replaceAll("$1$2$3$4…");
    }

    private static long seenByTheServer() {
        return gateway
                .getBean(MeterRegistry.class)
                .find("http.server.requests")
                .tag("uri", "/api/v1/queue/events")
                .timers()
                .stream()
                .mapToLong(Timer::count)
                .sum();
    }
}
