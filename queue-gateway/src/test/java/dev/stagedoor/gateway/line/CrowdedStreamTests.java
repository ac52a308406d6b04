package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.connection.Listeners;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Ten thousand who wait, each with a stream open on one gateway. */
@Alone
@DisabledIfSystemProperty(named = Gateways.WITHOUT_LANE, matches = "true")
class CrowdedStreamTests {

    private static final int PEOPLE = 10_000;

    /** A socket each, and what a JVM with a few servers needs besides. */
    private static final int DESCRIPTORS = PEOPLE + 1_000;

    /** Alone it takes some seconds. */
    private static final Duration BUSY_MACHINE = Duration.ofMinutes(2);

    /** One every half a second. */
    private static final int SOME_VIEWS = 6;

    private static final Pattern NUMBER = Pattern.compile("(told|turns|ended|broken)=(\\d+)");
    private static final UnixOperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);

    private final Map<String, Integer> seen = new ConcurrentHashMap<>();
    private final AtomicLong scheduled = new AtomicLong();
    private EmbeddedRedis redis;
    private Upstream upstream;
    private ConfigurableApplicationContext gateway;
    private Room room;
    private Process listeners;

    @BeforeEach
    void start() {
        assumeThat(SYSTEM.getMaxFileDescriptorCount())
                .as("ten thousand sockets need %d file descriptors: ulimit -n", DESCRIPTORS)
                .isGreaterThanOrEqualTo(DESCRIPTORS);
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms.main.mode=HOLD",
                        "stagedoor.rooms.main.interval=500ms",
                        "stagedoor.rooms.main.capacity=1000000");
        room = gateway.getBean(Rooms.class).find(new RoomId("main")).orElseThrow();
        await().until(() -> room.view().isPresent());
    }

    private Runnable counted(Runnable task) {
        scheduled.incrementAndGet();
        return task;
    }

    @AfterEach
    void stop() {
        Schedulers.resetOnScheduleHook("counting");
        Stream.ofNullable(listeners).forEach(Process::destroyForcibly);
        Stream.ofNullable(gateway).forEach(ConfigurableApplicationContext::close);
        Stream.ofNullable(upstream).forEach(Upstream::close);
        Stream.ofNullable(redis).forEach(EmbeddedRedis::close);
    }

    @Test
    void tellsTenThousandAtOnceWithoutATimerEachAndEndsEveryStreamWithTheTurn() throws Exception {
        List<String> tokens = join();
        long descriptorsBefore = SYSTEM.getOpenFileDescriptorCount();
        long heapBefore = usedHeap();
        int threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();

        Schedulers.onScheduleHook("counting", this::counted);
        listen(tokens);

        await().atMost(BUSY_MACHINE).until(() -> seen("told") == PEOPLE);
        assertThat(scheduled.get())
                .as("tasks scheduled meanwhile: a timer each would be ten thousand more")
                .isLessThan(PEOPLE);
        assertThat(SYSTEM.getOpenFileDescriptorCount() - descriptorsBefore)
                .isBetween(PEOPLE - 200L, PEOPLE + 200L);
        assertThat(ManagementFactory.getThreadMXBean().getThreadCount() - threadsBefore)
                .isLessThan(20);
        assertThat((usedHeap() - heapBefore) / PEOPLE)
                .as("bytes of heap for each")
                .isBetween(2_000L, 7_000L);
        assertThat(tasksScheduledWhileTheyAreToldOf(SOME_VIEWS))
                .as("a timer each would be many thousands")
                .isLessThan(PEOPLE / 5);

        letEverybodyIn();

        await().atMost(BUSY_MACHINE).until(() -> seen("ended") == PEOPLE);
        assertThat(seen("turns")).isEqualTo(PEOPLE);
        assertThat(seen("broken")).isZero();
        await().until(() -> SYSTEM.getOpenFileDescriptorCount() - descriptorsBefore < 200);
    }

    private List<String> join() {
        QueueTokens tokens = gateway.getBean(QueueTokens.class);
        List<Ticket> tickets =
                Flux.range(0, PEOPLE)
                        .flatMap(_ -> room.join(UserId.random(), Runnable::run), 1_000)
                        .map(joined -> ((Joined.Placed) joined).ticket())
                        .collectList()
                        .block();
        await().until(() -> room.view().orElseThrow().waiting() == PEOPLE);
        return tickets.stream().map(tokens::sign).toList();
    }

    /** In a process of its own: its sockets are not ours. */
    private void listen(List<String> tokens) throws IOException {
        listeners =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Listeners.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        PrintWriter out = new PrintWriter(listeners.outputWriter(), true);
        out.println(Gateways.port(gateway));
        tokens.forEach(out::println);
        out.println();
        Thread.startVirtualThread(() -> listeners.inputReader().lines().forEach(this::note));
    }

    private void note(String line) {
        Matcher number = NUMBER.matcher(line);
        while (number.find()) {
            seen.put(number.group(1), Integer.valueOf(number.group(2)));
        }
    }

    private int seen(String what) {
        return seen.getOrDefault(what, 0);
    }

    private long tasksScheduledWhileTheyAreToldOf(int views) {
        long before = scheduled.get();
        room.views().take(views).blockLast(BUSY_MACHINE);
        return scheduled.get() - before;
    }

    private void letEverybodyIn() {
        redis.ask("HSET wr:{main}:state mode OPEN");
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
