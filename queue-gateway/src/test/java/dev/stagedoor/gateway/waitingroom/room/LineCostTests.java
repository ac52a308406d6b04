package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.SentToRedis;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** What people who wait may cost, in a gateway that runs with all its timers. */
@Alone
class LineCostTests {

    private static final int PEOPLE = 10_000;
    private static final int CONNECTIONS = 16;

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static Room room;
    private static HttpClient people;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms.main.mode=HOLD",
                        "stagedoor.rooms.brief.paths=/brief/**",
                        "stagedoor.rooms.brief.session=2s",
                        "stagedoor.rooms.brief.claim-timeout=2s",
                        "stagedoor.rooms.brief.session-sliding=false");
        people =
                HttpClient.create(ConnectionProvider.create("people", CONNECTIONS))
                        .host("127.0.0.1")
                        .port(Gateways.port(gateway));
        room = gateway.getBean(Rooms.class).find(new RoomId("main")).orElseThrow();
        await().until(() -> room.view().isPresent());
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void sendsRedisFewCommandsHoweverOftenTenThousandPeopleAsk() throws Exception {
        List<String> tokens = join(PEOPLE).stream().map(LineCostTests::sign).toList();
        await().until(() -> room.view().orElseThrow().waiting() >= PEOPLE);
        askAll(tokens.subList(0, 100)); // connections are made

        try (SentToRedis sent = SentToRedis.listenTo(redis)) {
            long begun = System.nanoTime();
            long polls = askAll(tokens);
            double seconds = (System.nanoTime() - begun) / 1e9;

            assertThat(sent.count() / seconds)
                    .as("a second, of %s during %d polls", sent.commands(), polls)
                    .isBetween(1.0, 20.0);
        }
    }

    /** Over HTTP, one after the other on a few connections that stay. */
    private static long askAll(List<String> tokens) {
        return Flux.fromIterable(tokens)
                .flatMap(LineCostTests::ask, CONNECTIONS)
                .doOnNext(answer -> assertThat(answer).contains("\"state\":\"WAITING\""))
                .count()
                .block();
    }

    private static Mono<String> ask(String token) {
        return people.headers(headers -> headers.set("Queue-Token", token))
                .get()
                .uri("/api/v1/queue/tokens/current")
                .responseSingle((_, body) -> body.asString());
    }

    @Test
    void sendsRedisFewCommandsHoweverOftenTheFirstInLineWantsToPass() throws Exception {
        await().until(() -> room.view().isPresent());
        Ticket first = join(1).getFirst();
        await().until(() -> room.use(first).block() instanceof Standing.Waiting);

        try (SentToRedis sent = SentToRedis.listenTo(redis)) {
            long begun = System.nanoTime();
            Flux.range(0, 5_000).concatMap(_ -> room.use(first)).blockLast();
            double seconds = Math.max(1, (System.nanoTime() - begun) / 1e9);

            assertThat(sent.count() / seconds)
                    .as("a second, of %s", sent.commands())
                    .isLessThan(50);
        }
    }

    /** Which cannot be lengthened: Redis need not hear of each use. */
    @Test
    void sendsRedisFewCommandsHoweverOftenSomebodyAsksInTheLastSecondsOfASession()
            throws Exception {
        Room brief = gateway.getBean(Rooms.class).find(new RoomId("brief")).orElseThrow();
        await().until(() -> brief.view().isPresent());
        Ticket inside = join(brief, 1).getFirst();
        await().until(() -> brief.use(inside).block() instanceof Standing.Active);

        try (SentToRedis sent = SentToRedis.listenTo(redis)) {
            List<Standing> standings =
                    Flux.range(0, 1_000_000)
                            .concatMap(_ -> brief.use(inside))
                            .takeWhile(Standing.Active.class::isInstance)
                            .collectList()
                            .block();

            assertThat(standings).hasSizeGreaterThan(1_000);
            assertThat(sent.count()).as("of %s", sent.commands()).isLessThan(100);
        }
    }

    @Test
    void tellsRedisOnceThatSomebodyHasLeftHoweverOftenTheyLeave() throws Exception {
        Ticket leaving = join(1).getFirst();
        room.end(leaving, EndReason.LEFT).block();

        try (SentToRedis sent = SentToRedis.listenTo(redis)) {
            long begun = System.nanoTime();
            Flux.range(0, 1_000).concatMap(_ -> room.end(leaving, EndReason.LEFT)).blockLast();
            double seconds = Math.max(1, (System.nanoTime() - begun) / 1e9);

            assertThat(sent.count() / seconds)
                    .as("a second, of %s", sent.commands())
                    .isLessThan(50);
        }
    }

    /** Of this epoch, and of one before a loss. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 0})
    void asksWhereManyStandByFewCalls(long epoch) throws Exception {
        await().until(() -> room.view().isPresent());
        List<Ticket> called =
                IntStream.range(0, 2_000)
                        .mapToObj(i -> new Ticket(room.id(), UserId.random(), -i, epoch))
                        .toList();

        try (SentToRedis sent = SentToRedis.listenTo(redis)) {
            List<Standing> standings =
                    Flux.fromIterable(called)
                            .flatMap(LineCostTests::standing, 2_000)
                            .collectList()
                            .block();

            assertThat(standings).hasSize(2_000).allMatch(Standing.Ended.class::isInstance);
            assertThat(sent.commands()).as("of %s", sent.commands()).isNotEmpty();
            assertThat(sent.count()).as("of %s", sent.commands()).isLessThan(200);
        }
    }

    private static Mono<Standing> standing(Ticket ticket) {
        return Mono.defer(() -> room.standing(ticket)).subscribeOn(Schedulers.parallel());
    }

    @Test
    void goesOnAfterAnAnswerOfRedisOnMoreThanOneThread() {
        assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
        Set<String> threads = ConcurrentHashMap.newKeySet();

        Flux.range(0, 500)
                .map(i -> new Ticket(room.id(), UserId.random(), -i, Long.MAX_VALUE))
                .flatMap(stranger -> askRedis(stranger, threads), 64)
                .blockLast();

        assertThat(threads).hasSizeGreaterThan(1).allMatch(name -> name.startsWith("answers-"));
    }

    private static Mono<Standing> askRedis(Ticket stranger, Set<String> threads) {
        return room.standing(stranger).doOnNext(_ -> threads.add(Thread.currentThread().getName()));
    }

    /** By all threads, what Redis sends and what is read of it included. */
    @Test
    void joinsAndTicksMakeFewObjects() throws Exception {
        await().until(() -> room.view().isPresent());
        join(1_000); // classes are loaded
        ticks(20);

        long join = allocated(() -> join(PEOPLE)) / PEOPLE;
        long tick = allocated(() -> ticks(100)) / 100;

        assertThat(join).as("bytes of a join").isBetween(500L, 4_000L);
        assertThat(tick).as("bytes of a tick, which names 1,000").isBetween(10_000L, 1_200_000L);
    }

    private static void ticks(int number) {
        Flux.range(0, number).concatMap(_ -> room.upkeep().tick()).blockLast();
    }

    private static long allocated(Runnable work) {
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        long before = threads.getTotalThreadAllocatedBytes();
        work.run();
        return threads.getTotalThreadAllocatedBytes() - before;
    }

    private static String sign(Ticket ticket) {
        return gateway.getBean(QueueTokens.class).sign(ticket);
    }

    private static List<Ticket> join(int people) {
        return join(room, people);
    }

    private static List<Ticket> join(Room room, int people) {
        return Flux.range(0, people)
                .flatMap(_ -> room.join(UserId.random(), Runnable::run), 1_000)
                .map(joined -> ((Joined.Placed) joined).ticket())
                .collectList()
                .block();
    }
}
