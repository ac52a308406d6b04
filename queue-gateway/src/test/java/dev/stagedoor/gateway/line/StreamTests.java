package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.line.EventStream.Audience;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.share.TestShares;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.channel.DefaultEventLoop;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What a stream tells those who wait, and what the management port tells operators. */
@Order(1)
class StreamTests {

    /** How long a gateway that stops waits for what it is still answering. */
    private static final Duration GRACE = Duration.ofMinutes(2);

    private static final String ROOM = "stream-" + UUID.randomUUID().toString().substring(0, 8);

    private static final int VIEWS_A_SECOND = 10;
    private static final int STREAMS = 2_000;
    private static final Share CLIENT = TestShares.of("192.0.2.7", "limits.streams=" + STREAMS);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static DefaultEventLoop loop;

    private final AtomicLong now = new AtomicLong();
    private final OpenStreams open = new OpenStreams(STREAMS);
    private Audience audience;

    @BeforeEach
    void nobodyListens() {
        audience = new Audience(room(), loop, open, Timings.USUAL, now::get);
    }

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        loop = new DefaultEventLoop();
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
        loop.shutdownGracefully();
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

        await().until(() -> data(lines).findFirst().isPresent());
        assertThat(lines.getFirst()).matches("retry: [1-4][0-9]{3}");
        assertThat(data(lines).findFirst().orElseThrow())
                .contains("\"state\":\"WAITING\"", "\"position\":2");
        before.leaves(gateway);
        await().until(() -> data(lines).anyMatch(data -> data.contains("\"position\":1")));
        inside.leaves(gateway);
        stream.get(1, TimeUnit.MINUTES);
        assertThat(data(lines).toList().getLast()).contains("\"state\":\"ACTIVE\"");
        assertThat(lines).filteredOn(line -> line.startsWith("retry: ")).hasSize(1);
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

        stream.get(1, TimeUnit.MINUTES);
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
        ConfigurableApplicationContext another =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "spring.lifecycle.timeout-per-shutdown-phase=" + GRACE.toMinutes() + "m");
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
        stream.get(1, TimeUnit.MINUTES);
        listener.leaves(gateway);
        inside.leaves(gateway);
    }

    // ── what a stream is told, without a connection ─────────────────────────────────────────────

    @Test
    void isASignOfLifeAsSeldomAsPollsHoweverManyViewsComeAndNoneWhenItHasGone() throws Exception {
        Visitor visitor = new Visitor(ROOM);
        Visitor inside = new Visitor(ROOM);
        inside.joins(gateway);
        visitor.joins(gateway);
        EventStream stream = stream(ticket(visitor));
        stream.open(new Told());
        visitor.polls(gateway);
        await().until(() -> !sign(ticket(visitor)).isBlank());
        passSeconds(1);
        String first = sign(ticket(visitor));

        redisHearsOfTheNextSignAtOnce();
        passSeconds(2);
        assertThat(sign(ticket(visitor))).as("after %s views", VIEWS_A_SECOND * 2).isEqualTo(first);

        now.addAndGet(Duration.ofSeconds(25).toNanos());
        await().until(() -> !sign(ticket(visitor)).equals(first));

        stream.hasGone();
        String last = sign(ticket(visitor));
        redisHearsOfTheNextSignAtOnce();
        now.addAndGet(Duration.ofHours(1).toNanos());
        passSeconds(2);
        assertThat(sign(ticket(visitor))).isEqualTo(last);
        visitor.leaves(gateway);
        inside.leaves(gateway);
    }

    /** As after news that were missed: one more end than was heard of. */
    private static void redisHearsOfTheNextSignAtOnce() {
        redis.ask("HINCRBY wr:{%s}:state ends 1".formatted(ROOM));
        passSeconds(1);
    }

    @Test
    void whoeverTakesNothingInIsToldOfTheLatestWhenTheyDo() throws Exception {
        Visitor inside = new Visitor(ROOM);
        inside.joins(gateway);
        Visitor before = new Visitor(ROOM);
        Visitor visitor = new Visitor(ROOM);
        before.joins(gateway);
        visitor.joins(gateway);
        Told told = new Told();
        stream(ticket(visitor)).open(told);
        await().until(() -> told.events.size() == 1);
        int ahead = ahead(told.events.getFirst());

        told.isReady = false;
        before.leaves(gateway);
        await().until(() -> room().view().orElseThrow().ahead(ticket(visitor).sequence()) < ahead);
        now.addAndGet(Duration.ofHours(1).toNanos());
        passSeconds(1);
        assertThat(told.events).hasSize(1);

        told.isReady = true;
        await().until(() -> told.events.size() > 1);
        assertThat(ahead(told.events.get(1))).isEqualTo(ahead - 1);
        passSeconds(1);
        assertThat(told.events).hasSize(2);
        visitor.leaves(gateway);
        await().until(() -> told.hasEnded);
        assertThat(told.events.getLast()).contains("event: ended");
        inside.leaves(gateway);
    }

    /** As to whoever polls: with every join all would be told. */
    @Test
    void howManyStandBehindIsToldAfterThePauseOfAPoll() throws Exception {
        Visitor inside = new Visitor(ROOM);
        Visitor visitor = new Visitor(ROOM);
        inside.joins(gateway);
        visitor.joins(gateway);
        Told told = new Told();
        stream(ticket(visitor)).open(told);
        await().until(() -> told.events.size() == 1);
        long waiting = number("waiting", told.events.getFirst());
        Visitor behind = new Visitor(ROOM);
        behind.joins(gateway);
        await().until(() -> room().view().orElseThrow().waiting() == waiting + 1);
        passSeconds(1);
        assertThat(told.events).hasSize(1);

        now.addAndGet(
                Duration.ofMillis(number("pollAfterMillis", told.events.getFirst())).toNanos());

        await().until(() -> told.events.size() == 2);
        assertThat(number("waiting", told.events.getLast())).isEqualTo(waiting + 1);
        behind.leaves(gateway);
        visitor.leaves(gateway);
        inside.leaves(gateway);
    }

    @Test
    void thatNobodyGoesInIsToldOnceAndTakenBack() throws Exception {
        Visitor inside = new Visitor(ROOM);
        Visitor visitor = new Visitor(ROOM);
        inside.joins(gateway);
        visitor.joins(gateway);
        Told told = new Told();
        stream(ticket(visitor)).open(told);
        await().until(() -> told.events.size() == 1);

        redis.ask("HSET wr:{%s}:state mode HOLD".formatted(ROOM));
        await().until(() -> told.events.size() == 2);
        passSeconds(1);
        redis.ask("HSET wr:{%s}:state mode AUTO".formatted(ROOM));
        await().until(() -> told.events.size() == 3);

        assertThat(told.events.get(1)).contains("\"notice\":\"HOLD\"");
        assertThat(told.events.get(2)).doesNotContain("notice");
        visitor.leaves(gateway);
        inside.leaves(gateway);
    }

    /** On its connection there may be the next answer by then. */
    @Test
    void whatIsFoundOutAfterTheEndIsNotTold() throws Exception {
        Visitor inside = new Visitor(ROOM);
        inside.joins(gateway);
        await().until(() -> room().view().isPresent());
        long epoch = room().view().orElseThrow().epoch();
        Ticket unknown = new Ticket(new RoomId(ROOM), UserId.random(), 1, epoch);
        EventStream stream = new EventStream(unknown, new Standing.Waiting(0), CLIENT, audience);
        Told told =
                new Told() {
                    @Override
                    public boolean isReady() {
                        loop.execute(stream::end); // before Redis has answered
                        return true;
                    }
                };
        assertThat(open.begin(stream)).isEqualTo(OpenStreams.Begun.ONE_MORE);

        stream.open(told);

        await().until(() -> told.hasEnded && !isAsking(stream));
        assertThat(told.events).hasSize(1);
        inside.leaves(gateway);
    }

    private static boolean isAsking(EventStream stream) throws Exception {
        return loop.submit(() -> stream.isAsking).get();
    }

    /** As the oldest of too many does, if it is still to be opened. */
    @Test
    void aStreamThatHasEndedBeforeItIsOpenedIsToldOnceAndNoMore() throws Exception {
        Visitor inside = new Visitor(ROOM);
        Visitor visitor = new Visitor(ROOM);
        inside.joins(gateway);
        visitor.joins(gateway);
        Told told = new Told();
        EventStream stream = stream(ticket(visitor));

        stream.end();
        stream.open(told);

        await().until(() -> told.hasEnded);
        assertThat(told.events).hasSize(1);
        assertThatNobodyListens();
        visitor.leaves(gateway);
        inside.leaves(gateway);
    }

    @Test
    void whoeverGoesTakesNobodyElseAlong() throws Exception {
        Visitor inside = new Visitor(ROOM);
        Visitor visitor = new Visitor(ROOM);
        inside.joins(gateway);
        visitor.joins(gateway);
        Told first = new Told();
        Told last = new Told();
        stream(ticket(visitor)).open(first);
        List<EventStream> gone = List.of(stream(ticket(visitor)), stream(ticket(visitor)));
        gone.forEach(stream -> stream.open(new Told()));
        gone.getFirst().hasGone();
        stream(ticket(visitor)).open(last);

        gone.getLast().hasGone();

        visitor.leaves(gateway);
        await().until(() -> first.hasEnded && last.hasEnded);
        assertThatNobodyListens();
        inside.leaves(gateway);
    }

    private void assertThatNobodyListens() throws Exception {
        loop.submit(() -> {}).get();
        assertThat(audience).extracting("streams").asInstanceOf(LIST).isEmpty();
        assertThat(audience).extracting("views").isNull();
    }

    @Test
    void aStreamThatFailsEndsAndNoOtherWithIt() throws Exception {
        Visitor inside = new Visitor(ROOM);
        Visitor visitor = new Visitor(ROOM);
        inside.joins(gateway);
        visitor.joins(gateway);
        Told first = new Told();
        Told failing = new Told();
        Told last = new Told();
        List.of(first, failing, last).forEach(told -> stream(ticket(visitor)).open(told));
        await().until(() -> last.events.size() == 1);

        failing.hasFailed = true;

        await().until(() -> failing.hasEnded);
        now.addAndGet(Duration.ofHours(1).toNanos());
        await().until(() -> first.events.size() == 2 && last.events.size() == 2);
        assertThat(failing.events).hasSize(1);
        visitor.leaves(gateway);
        inside.leaves(gateway);
    }

    @Test
    void whoeverIsToldNothingNewCostsAViewNextToNothing() throws Exception {
        Visitor inside = new Visitor(ROOM);
        inside.joins(gateway);
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(gateway);
        Ticket place = ticket(visitor);
        await().until(() -> room().lookUp(place) instanceof Standing.Waiting);
        List<Told> told = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            told.add(new Told());
            stream(new Ticket(place.room(), UserId.random(), place.sequence(), place.epoch()))
                    .open(told.getLast());
        }
        passSeconds(1);
        long thread = loop.submit(() -> Thread.currentThread().threadId()).get();

        long before = THREADS.getThreadAllocatedBytes(thread);
        room().views().take(VIEWS_A_SECOND).blockLast();
        long each = (THREADS.getThreadAllocatedBytes(thread) - before) / VIEWS_A_SECOND / STREAMS;

        assertThat(each).as("bytes a view and stream").isBetween(1L, 250L);
        assertThat(told).allMatch(one -> one.events.size() == 1);
        assertThat(told.stream().map(one -> number("retry", one.events.getFirst())).distinct())
                .as("not all come back in one moment")
                .hasSizeGreaterThan(STREAMS / 2);
        open.endAll();
        await().until(() -> told.stream().allMatch(one -> one.hasEnded));
        visitor.leaves(gateway);
        inside.leaves(gateway);
    }

    private static class Told implements EventStream.Outlet {

        final List<String> events = new CopyOnWriteArrayList<>();
        volatile boolean isReady = true;
        volatile boolean hasFailed;
        volatile boolean hasEnded;

        @Override
        public boolean isReady() {
            if (hasFailed) {
                throw new IllegalStateException("on purpose");
            }
            return isReady;
        }

        @Override
        public void tell(byte[] event) {
            events.add(new String(event, StandardCharsets.UTF_8));
        }

        @Override
        public void end() {
            hasEnded = true;
        }
    }

    private EventStream stream(Ticket ticket) {
        EventStream stream = new EventStream(ticket, room().lookUp(ticket), CLIENT, audience);
        assertThat(open.begin(stream)).isEqualTo(OpenStreams.Begun.ONE_MORE);
        return stream;
    }

    private static Ticket ticket(Visitor visitor) {
        Ticket ticket = gateway.getBean(QueueTokens.class).verify(visitor.token()).orElseThrow();
        await().until(() -> room().lookUp(ticket) != null);
        return ticket;
    }

    private static int ahead(String event) {
        return number("ahead", event);
    }

    private static int number(String name, String event) {
        return Integer.parseInt(event.replaceAll("(?s).*\\b" + name + "\"?: ?(\\d+).*", "$1"));
    }

    private static Room room() {
        return gateway.getBean(Rooms.class).find(new RoomId(ROOM)).orElseThrow();
    }

    private static void passSeconds(int seconds) {
        room().views().take(seconds * (long) VIEWS_A_SECOND).blockLast();
    }

    private static String sign(Ticket ticket) {
        long sequence = ticket.sequence();
        return redis.ask("HGET wr:{%s}:seen:%d %d".formatted(ROOM, sequence / 100, sequence % 100));
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
                                                    .timeout(Duration.ofMinutes(1))
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
