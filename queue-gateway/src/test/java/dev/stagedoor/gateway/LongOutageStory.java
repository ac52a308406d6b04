package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.Timings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Redis stands still for longer than the last view lasts, while two hundred people at a time want
 * something.
 */
@Alone
class LongOutageStory {

    /** More than an answer that needs nothing takes. */
    private static final Duration PATIENCE = Duration.ofMillis(600);

    private static final Duration WARM_UP = Duration.ofSeconds(1);
    private static final Duration RUSH = Duration.ofSeconds(3);

    /**
     * Less than they usually are: the view outlasts the rush by four seconds, and streams that are
     * late because the machine is busy are heard twice all the same.
     */
    private static final Timings TIMINGS =
            new Timings(
                    RUSH.plusSeconds(4),
                    Timings.USUAL.exchangeEvery(),
                    Timings.USUAL.longestSilence().dividedBy(10),
                    Timings.USUAL.redisDeadline());

    /** The last one is older than the outage by a tick or two. */
    private static final Duration VIEW_IS_THERE = TIMINGS.viewLasts().minusSeconds(1);

    private static final int CROWD = 200;
    private static final Scheduler PEOPLE =
            Schedulers.fromExecutor(Executors.newVirtualThreadPerTaskExecutor());
    private static final int CAPACITY = 50;
    private static final long MEGABYTE = 1024 * 1024;

    private final List<Visitor> inside = visitors(CAPACITY);
    private final List<Visitor> line = visitors(CAPACITY);
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private EmbeddedRedis redis;
    private Upstream upstream;
    private ConfigurableApplicationContext gateway;
    private ConfigurableApplicationContext other;

    private record Answer(String to, Beside.Timed timed, long at) {

        @Override
        public String toString() {
            return to + " " + timed.answer().statusCode();
        }
    }

    @BeforeEach
    void aSaleIsGoingOn() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = start();
        other = start();
        inside.forEach(visitor -> visitor.joins(gateway));
        line.forEach(visitor -> visitor.joins(gateway));
        inside.forEach(visitor -> visitor.gets(gateway, "/seats"));
        await().until(() -> Gateways.isCertainOf(line.getLast(), gateway));
        await().until(() -> Gateways.isCertainOf(inside.getLast(), gateway));
    }

    private ConfigurableApplicationContext start() {
        return Gateways.startOn(
                TIMINGS,
                redis.url(),
                upstream.url(),
                "stagedoor.rooms.main.capacity=" + CAPACITY,
                "stagedoor.rooms.main.interval=200ms");
    }

    @AfterEach
    void itIsOver() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    @Test
    void everybodyIsAnsweredInTimeTheViewLastsAsLongAsItMayAndNothingGrows() {
        AtomicInteger told = listening(line.getFirst());
        crowd(WARM_UP, line);
        answers.clear();
        redis.freeze();
        long frozen = System.nanoTime();
        String asOf = asOf(poll());
        long heap = usedHeap();

        crowd(RUSH, inside);

        assertThat(usedHeap() - heap).as("of heap").isLessThan(64 * MEGABYTE);
        assertThat(answers)
                .filteredOn(answer -> answer.at() - frozen < VIEW_IS_THERE.toNanos())
                .extracting(Answer::toString)
                .containsOnly("join 503", "poll 200", "pass 200", "pass elsewhere 503");
        assertThat(Beside.slowness(100, answers.stream().map(Answer::timed).toList()))
                .isLessThan(PATIENCE);
        assertThat(answers)
                .filteredOn(answer -> answer.toString().equals("poll 200"))
                .allMatch(poll -> asOf(poll.timed().answer()).equals(asOf));
        await().until(() -> poll().statusCode() != 200);
        assertThat(Duration.ofNanos(System.nanoTime() - frozen)).isGreaterThan(VIEW_IS_THERE);
        assertThat(poll().statusCode()).isEqualTo(503);
        assertThat(poll().body()).contains("queue-unavailable");
        assertThat(poll().headers().firstValue("Retry-After")).isPresent();
        await("at once, and every " + TIMINGS.longestSilence()).until(() -> told.get() >= 2);
        assertThat(inside).allMatch(each -> each.gets(gateway, "/seats").statusCode() == 200);

        redis.thaw();

        await().until(() -> poll().statusCode() == 200);
        await().until(() -> new Visitor("main").asksToJoin(gateway).statusCode() == 201);
        assertThat(line.getFirst().status(gateway).get("position").asInt()).isEqualTo(1);
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    /** So many people at a time at most, one after the other every five milliseconds. */
    private void crowd(Duration time, List<Visitor> elsewhere) {
        Flux.interval(Duration.ofMillis(5))
                .take(time)
                .onBackpressureDrop()
                .flatMap(
                        i ->
                                Mono.fromRunnable(() -> wantsSomething(i, elsewhere))
                                        .subscribeOn(PEOPLE),
                        CROWD)
                .blockLast();
    }

    private void wantsSomething(long number, List<Visitor> elsewhere) {
        Visitor holder = inside.get((int) (number / 4 % CAPACITY));
        Visitor stranger = elsewhere.get((int) (number / 4 % CAPACITY));
        Visitor waiting = line.get((int) (number / 4 % CAPACITY));
        switch ((int) (number % 4)) {
            case 0 -> timed("join", () -> new Visitor("main").asksToJoin(gateway));
            case 1 -> timed("poll", () -> waiting.polls(gateway));
            case 2 -> timed("pass", () -> holder.gets(gateway, "/seats"));
            default -> timed("pass elsewhere", () -> stranger.gets(other, "/seats"));
        }
    }

    private void timed(String to, Supplier<HttpResponse<String>> call) {
        Beside.Timed timed = Beside.aRequestThatNeedsNothing(gateway, call);
        answers.add(new Answer(to, timed, System.nanoTime()));
    }

    private HttpResponse<String> poll() {
        return line.getFirst().polls(gateway);
    }

    private static String asOf(HttpResponse<String> poll) {
        return Visitor.json(poll).get("asOf").asString();
    }

    /** How many events of a stream came after the first one. */
    private AtomicInteger listening(Visitor visitor) {
        AtomicInteger events = new AtomicInteger(-1);
        HttpRequest stream =
                Visitor.request(gateway, "/api/v1/queue/events")
                        .timeout(Duration.ofMinutes(2))
                        .header("Queue-Token", visitor.token())
                        .build();
        HttpClient.newHttpClient()
                .sendAsync(stream, BodyHandlers.ofLines())
                .thenAcceptAsync(
                        answer ->
                                answer.body()
                                        .filter("event: status"::equals)
                                        .forEach(_ -> events.incrementAndGet()));
        await().until(() -> events.get() >= 0);
        return events;
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static List<Visitor> visitors(int many) {
        return Stream.generate(() -> new Visitor("main")).limit(many).toList();
    }
}
