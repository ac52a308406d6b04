package dev.stagedoor.gateway.meters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.Search;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Every outcome that is documented is counted when it happens, and once. */
class OutcomesTests {

    /** Of the gateway's table: the name of a meter, and the values of its tag {@code outcome}. */
    private static final Pattern ROW =
            Pattern.compile(
                    "\\| `stagedoor_queue_(\\w+?)_(?:total|seconds)` .*outcome: ([^|]*)\\|");

    private static final String QUEUE = "/api/v1/queue/tokens";
    private static final Pattern VALUE = Pattern.compile("`(\\w+)`");

    private static EmbeddedRedis redis;
    private static EmbeddedRedis lost;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext cutOff;

    private static final Visitor INSIDE = new Visitor("full");
    private static final Visitor WAITING = new Visitor("full");
    private static final Visitor GONE = new Visitor("free");
    private static final Visitor BANNED = new Visitor("free");

    /** Who has come to where no answer ever comes from. */
    private static final Semaphore SILENT = new Semaphore(0);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        lost = EmbeddedRedis.start();
        upstream = new Upstream();
        upstream.answers(OutcomesTests::answer);
        gateway = start(redis);
        cutOff = start(lost);
        INSIDE.joins(gateway);
        WAITING.joins(gateway);
        GONE.joins(gateway);
        GONE.leaves(gateway);
        ban(BANNED);
        lost.kill();
        await().until(() -> new Visitor("free").asksToJoin(cutOff).statusCode() == 503);
    }

    private static void ban(Visitor visitor) {
        Operator operator = new Operator("test", "127.0.0.1");
        Optional<Instant> until = Optional.of(Instant.now().plus(Duration.ofHours(1)));
        Room room = gateway.getBean(Rooms.class).find(new RoomId("free")).orElseThrow();
        room.controls().ban(visitor.user().toString(), until, "resells", operator).block();
    }

    private static ConfigurableApplicationContext start(EmbeddedRedis redis) {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                "stagedoor.gateway.open-paths-per-second=1",
                "stagedoor.upstream.connections=1",
                "stagedoor.upstream.pending-timeout=100ms",
                "stagedoor.upstream.response-timeout=1s",
                "stagedoor.upstream.body-buffer=1KB",
                "stagedoor.upstream.max-body-size=1KB",
                "stagedoor.rooms.free.paths=/free/**",
                "stagedoor.rooms.free.open-paths=GET /free/open",
                "stagedoor.rooms.free.signed-in-paths=GET /free/mine",
                "stagedoor.rooms.full.paths=/full/**",
                "stagedoor.rooms.full.capacity=1",
                "stagedoor.rooms.full.max-waiting=1",
                "stagedoor.rooms.full.session=1h",
                "stagedoor.rooms.full.claim-timeout=1h",
                "stagedoor.rooms.shut.paths=/shut/**",
                "stagedoor.rooms.shut.mode=CLOSED",
                "stagedoor.rooms.wide.paths=/wide/**",
                "stagedoor.rooms.wide.mode=OPEN",
                "stagedoor.rooms.trusting.paths=/trusting/**",
                "stagedoor.rooms.trusting.on-redis-down=open",
                "stagedoor.rooms.garbled.paths=/garbled/**",
                "stagedoor.rooms.garbled.interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        cutOff.close();
        upstream.close();
        redis.close();
        lost.close();
    }

    /** One way to come to an outcome. */
    private record Case(String meter, String outcome, Happening happens) {

        String name() {
            return meter + "/" + outcome;
        }

        @Override
        public String toString() {
            return name();
        }
    }

    private interface Happening {
        void happen() throws Exception;
    }

    @ParameterizedTest
    @MethodSource("ofEveryDay")
    void isCountedOnceWhenItHappens(Case one) throws Exception {
        assertCountedOnce(gateway, one);
    }

    @ParameterizedTest
    @MethodSource("whileRedisIsAway")
    void isCountedOnceWhenItHappensWhileRedisIsAway(Case one) throws Exception {
        assertCountedOnce(cutOff, one);
    }

    @Test
    void ticksAreCountedByWhatBecomesOfThem() {
        await().until(() -> counted(gateway, "ticks", "done") > 0);
        await().until(() -> counted(cutOff, "ticks", "unavailable") > 0);
        assertThat(counted(gateway, "ticks", "failed")).isZero();

        redis.ask("HSET wr:{garbled}:state mode HOLD");
        redis.ask("ZADD wr:{garbled}:waiting inf nobody");

        await().until(() -> counted(gateway, "ticks", "failed") > 0);
    }

    /** Of a counter that begins at 1, nobody sees that it has gone up. */
    @Test
    void thatNobodyIsLetPassUnknownIsToldBeforeSomebodyIs() {
        assertThat(
                        gateway.getBean(MeterRegistry.class)
                                .get("stagedoor.queue.gate")
                                .tags("room", "trusting", "outcome", "fail_open")
                                .counter()
                                .count())
                .isZero();
    }

    @Test
    void aRoomThatIsClosedLetsNobodyIn() {
        await().untilAsserted(() -> assertThat(letsIn("shut")).isZero());
        await().untilAsserted(() -> assertThat(letsIn("free")).isOne());
    }

    private static double letsIn(String room) {
        return gateway.getBean(MeterRegistry.class)
                .get("stagedoor.queue.lets.in")
                .tag("room", room)
                .gauge()
                .value();
    }

    @Test
    void noOutcomeIsDocumentedThatIsNotShownHere() throws IOException {
        Set<String> shown =
                Stream.of(ofEveryDay(), whileRedisIsAway())
                        .flatMap(cases -> cases.map(Case::name))
                        .collect(Collectors.toSet());
        shown.addAll(Set.of("ticks/done", "ticks/unavailable", "ticks/failed"));

        Set<String> documented =
                ROW.matcher(Files.readString(Path.of("../docs/meters.md")))
                        .results()
                        .flatMap(
                                row ->
                                        VALUE.matcher(row.group(2))
                                                .results()
                                                .map(it -> row.group(1) + "/" + it.group(1)))
                        .collect(Collectors.toSet());

        assertThat(shown).isEqualTo(documented);
    }

    static Stream<Case> ofEveryDay() {
        return Stream.of(
                new Case("joins", "new", () -> new Visitor("free").asksToJoin(gateway)),
                new Case("joins", "banned", () -> BANNED.asksToJoin(gateway)),
                new Case("joins", "held", () -> WAITING.asksToJoin(gateway)),
                new Case("joins", "full", () -> new Visitor("full").asksToJoin(gateway)),
                new Case("joins", "refused", () -> new Visitor("shut").asksToJoin(gateway)),
                new Case("polls", "waiting", () -> WAITING.polls(gateway)),
                new Case("polls", "active", () -> INSIDE.polls(gateway)),
                new Case("polls", "ended", () -> GONE.polls(gateway)),
                new Case("gate", "passed", () -> INSIDE.gets(gateway, "/full/x")),
                new Case("gate", "walked_in", () -> asks("/wide/x")),
                new Case("gate", "open_path", () -> asksUntil("/free/open", 200)),
                new Case("gate", "signed_in", OutcomesTests::asksForTheirOwn),
                new Case("gate", "throttled", () -> asksUntil("/free/open", 429)),
                new Case("gate", "missing", () -> asks("/full/x")),
                new Case("gate", "invalid", () -> INSIDE.gets(gateway, "/free/x")),
                new Case("gate", "waiting", () -> WAITING.gets(gateway, "/full/x")),
                new Case("gate", "ended", () -> GONE.gets(gateway, "/free/x")),
                new Case("gate", "closed", () -> asks("/shut/x")),
                new Case("forward", "answered", () -> INSIDE.gets(gateway, "/full/x")),
                new Case("forward", "upgraded", OutcomesTests::opensAWebSocket),
                new Case("forward", "timeout", () -> INSIDE.gets(gateway, "/full/silence")),
                new Case("forward", "unreachable", () -> INSIDE.gets(gateway, "/full/hang-up")),
                new Case("forward", "broken", OutcomesTests::getsHalfAnAnswer),
                new Case("forward", "too_large", OutcomesTests::sendsTooMuch),
                new Case("forward", "busy", OutcomesTests::asksWhileSomebodyElseIsServed));
    }

    static Stream<Case> whileRedisIsAway() {
        return Stream.of(
                new Case("joins", "unavailable", () -> new Visitor("free").asksToJoin(cutOff)),
                new Case("polls", "unavailable", () -> asks("free", QUEUE + "/current")),
                new Case("gate", "unavailable", () -> asks("free", "/free/x")),
                new Case("gate", "fail_open", () -> asks("trusting", "/trusting/x")));
    }

    private static int asks(String path) {
        return Visitor.send(Visitor.request(gateway, path)).statusCode();
    }

    private static void asksForTheirOwn() {
        Visitor.send(
                Visitor.request(gateway, "/free/mine")
                        .header("Authorization", "Bearer " + GONE.accessToken()));
    }

    private static void asksUntil(String path, int status) {
        await().pollInterval(Duration.ofMillis(20)).until(() -> asks(path) == status);
    }

    /** As somebody who has joined at another gateway, since Redis was last heard of here. */
    private static void asks(String room, String path) {
        Ticket unknown =
                new Ticket(
                        new RoomId(room), UserId.random(), Long.MAX_VALUE / 2_000, Long.MAX_VALUE);
        String token = cutOff.getBean(QueueTokens.class).sign(unknown);
        Visitor.send(Visitor.request(cutOff, path).header("Queue-Token", token));
    }

    private static void opensAWebSocket() {
        HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Queue-Token", INSIDE.token())
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + Gateways.port(gateway) + "/full/socket"),
                        new WebSocket.Listener() {})
                .join()
                .abort();
    }

    private static void getsHalfAnAnswer() {
        assertThatThrownBy(() -> INSIDE.gets(gateway, "/full/half"))
                .hasMessageContaining("no answer");
    }

    private static void sendsTooMuch() {
        Visitor.send(
                Visitor.request(gateway, "/full/x")
                        .header("Queue-Token", INSIDE.token())
                        .POST(BodyPublishers.ofByteArray(new byte[1025])));
    }

    private static void asksWhileSomebodyElseIsServed() throws InterruptedException {
        SILENT.drainPermits();
        Thread other = Thread.startVirtualThread(() -> INSIDE.gets(gateway, "/full/silence"));
        SILENT.acquire();
        INSIDE.gets(gateway, "/full/x");
        other.join();
    }

    private static void assertCountedOnce(ConfigurableApplicationContext at, Case one)
            throws Exception {
        long before = counted(at, one.meter, one.outcome);

        one.happens.happen();

        await().untilAsserted(
                        () ->
                                assertThat(counted(at, one.meter, one.outcome) - before)
                                        .isEqualTo(1));
    }

    /** In all rooms. */
    private static long counted(ConfigurableApplicationContext at, String meter, String outcome) {
        Search search =
                at.getBean(MeterRegistry.class)
                        .find("stagedoor.queue." + meter)
                        .tag("outcome", outcome);
        return search.timers().stream().mapToLong(Timer::count).sum()
                + (long) search.counters().stream().mapToDouble(Counter::count).sum();
    }

    private static Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return switch (request.uri()) {
            case "/full/silence" -> Mono.<Void>never().doOnSubscribe(_ -> SILENT.release());
            case "/full/hang-up" -> {
                request.withConnection(connection -> connection.channel().close());
                yield Mono.never();
            }
            case "/full/socket" -> response.sendWebsocket((in, _) -> in.receive().then());
            case "/full/half" ->
                    response.header("Content-Length", "100000")
                            .sendByteArray(
                                    Flux.concat(Mono.just(new byte[10]), hangingUp(request)));
            default -> response.sendString(Mono.just("hello"));
        };
    }

    private static Mono<byte[]> hangingUp(HttpServerRequest request) {
        return Mono.fromRunnable(
                () -> request.withConnection(connection -> connection.channel().close()));
    }
}
