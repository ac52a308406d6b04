package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** What is known at once is answered before the framework has heard of it, to browsers as well. */
class DoorTests {

    private static final String ROOM = "door";
    private static final String CURRENT = "/api/v1/queue/tokens/current";
    private static final String SEATS = "/api/v1/schedules/1/seats";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor(ROOM);
    private static final Visitor FIRST = new Visitor(ROOM);
    private static final Visitor WAITING = new Visitor(ROOM);
    private static final Visitor GONE = new Visitor(ROOM);

    @BeforeAll
    static void oneIsInsideTwoWaitAndOneHasLeft() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=1",
                        "stagedoor.rooms." + ROOM + ".batch=1",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        // what is known is trusted for three of them
                        "stagedoor.rooms." + ROOM + ".interval=2s");
        Stream.of(INSIDE, FIRST, WAITING, GONE).forEach(visitor -> visitor.joins(gateway));
        GONE.leaves(gateway);
        assertThat(INSIDE.gets(gateway, SEATS).statusCode()).isEqualTo(200);
        await().until(() -> Stream.of(INSIDE, WAITING, GONE).allMatch(DoorTests::isCertain));
    }

    /** Once asked: with the first tick that it hears a gateway trusts nothing of before. */
    private static boolean isCertain(Visitor visitor) {
        visitor.polls(gateway);
        return Gateways.isCertainOf(visitor, gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void theRoomIsAsEver() {
        set("AUTO");
    }

    /** As a program shows its token, and as a browser does, beside all that it says. */
    static Stream<Named<BiFunction<HttpRequest.Builder, String, HttpRequest.Builder>>> ways() {
        return Stream.of(
                Named.of("header", (request, token) -> request.header("Queue-Token", token)),
                Named.of(
                        "cookie",
                        (request, token) ->
                                request.header("Accept", "*/*")
                                        .header("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.8")
                                        .header("Cache-Control", "no-cache")
                                        .header("Referer", "http://127.0.0.1/shop/concerts/1")
                                        .header("Sec-Fetch-Dest", "empty")
                                        .header("Sec-Fetch-Mode", "cors")
                                        .header("Sec-Fetch-Site", "same-origin")
                                        .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)")
                                        .header(
                                                "Cookie",
                                                "theme=dark; queue-other=x.y.z; queue-"
                                                        + ROOM
                                                        + "="
                                                        + token
                                                        + "; seen=1")));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void answersWhatIsKnownBeforeTheFramework(
            BiFunction<HttpRequest.Builder, String, HttpRequest.Builder> shows) {
        long before = seenByTheFramework();

        expect(200, shows, CURRENT + "?room=" + ROOM, WAITING.token());
        expect(200, shows, CURRENT + "?room=" + ROOM, INSIDE.token());
        expect(410, shows, CURRENT + "?room=" + ROOM, GONE.token());
        expect(401, shows, CURRENT + "?room=" + ROOM, "forged");
        expect(200, shows, SEATS, INSIDE.token());
        expect(429, shows, SEATS, WAITING.token());
        expect(401, shows, SEATS, GONE.token());
        expect(401, shows, SEATS, "forged");
        set("CLOSED");
        expect(503, shows, SEATS, INSIDE.token());

        assertThat(seenByTheFramework()).isEqualTo(before);
    }

    @Test
    void answersWhoeverShowsNothingBeforeTheFramework() {
        long before = seenByTheFramework();

        assertThat(status(Visitor.request(gateway, CURRENT))).isEqualTo(401);
        assertThat(status(Visitor.request(gateway, SEATS))).isEqualTo(401);
        assertThat(status(Visitor.request(gateway, "/api/v1/concerts"))).isEqualTo(200);
        assertThat(status(Visitor.request(gateway, "/admin/concerts"))).isEqualTo(404);

        assertThat(seenByTheFramework()).isEqualTo(before);
    }

    /** The gauge of these tests moves where the framework is needed. */
    @Test
    void leavesPagesToTheFramework() {
        long before = seenByTheFramework();

        assertThat(status(Visitor.request(gateway, "/shop").header("Accept", "text/html")))
                .isEqualTo(202);

        await().untilAsserted(() -> assertThat(seenByTheFramework()).isEqualTo(before + 1));
    }

    /** Whoever navigates sees a page also where the upstream has failed. */
    @Test
    void writesAPageOfATroubleBehindTheGate() {
        upstream.answers((_, response) -> response.withConnection(it -> it.channel().close()));

        HttpResponse<String> page =
                Visitor.send(
                        Visitor.request(gateway, "/shop")
                                .header("Accept", "text/html")
                                .header("Cookie", "queue-" + ROOM + "=" + INSIDE.token()));
        HttpResponse<String> problem = INSIDE.gets(gateway, SEATS);
        upstream.answers((_, response) -> response.send());

        assertThat(page.statusCode()).isEqualTo(502);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        assertThat(Visitor.json(problem).get("code").asString()).isEqualTo("upstream-unreachable");
    }

    private static void expect(
            int status,
            BiFunction<HttpRequest.Builder, String, HttpRequest.Builder> shows,
            String path,
            String token) {
        assertThat(status(shows.apply(Visitor.request(gateway, path), token)))
                .as(path)
                .isEqualTo(status);
    }

    private static int status(HttpRequest.Builder request) {
        return Visitor.send(request).statusCode();
    }

    private static long seenByTheFramework() {
        return gateway.getBean(MeterRegistry.class).find("http.server.requests").timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    private static void set(String mode) {
        gateway.getBean(Rooms.class)
                .find(new RoomId(ROOM))
                .orElseThrow()
                .controls()
                .change(Map.of("mode", mode), new Operator("test", "127.0.0.1"))
                .retryWhen(Gateways.AGAIN)
                .block(Duration.ofSeconds(10));
    }
}
