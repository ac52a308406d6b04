package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What a long line costs Redis; not a test, started by {@code load-tests/line-in-redis.sh}. The
 * Redis that it is given must be empty, and is not emptied.
 */
final class LineMeasurement {

    private static final int MANY = 1_000_000;
    private static final int BATCH = 100;
    private static final int JOINS = 50_000;
    private static final int AT_ONCE = 1_000;
    private static final PrintStream OUT = System.out;

    private final ReactiveStringRedisTemplate redis;

    private LineMeasurement(ReactiveStringRedisTemplate redis) {
        this.redis = redis;
    }

    public static void main(String[] arguments) {
        LineMeasurement measurement = new LineMeasurement(TestRedis.template(arguments[0]));
        if (arguments.length > 1 && arguments[1].equals("fakes")) {
            measurement.measureFakes();
        } else if (arguments.length > 1 && arguments[1].equals("costs")) {
            new CostMeasurement(measurement.redis).measure();
        } else {
            measurement.measure();
        }
        System.exit(0);
    }

    private void measure() {
        double batched = 0;
        double single = 0;
        for (int round = 0; round < 4; round++) {
            Room room = room(BATCH);
            double ours = joinsPerSecond("together", user -> room.join(user, Runnable::run));
            double one = joinsPerSecond("one by one", this::joinAlone);
            if (round > 0) { // the first one warms up
                batched += ours;
                single += one;
            }
        }
        OUT.printf("| joins/s, together over one by one | %.1f x |%n", batched / single);

        long empty = usedMemory();
        line(MANY, new RoomId("many"));
        OUT.printf("| bytes per waiter, %,d waiting | %d |%n", MANY, (usedMemory() - empty) / MANY);
    }

    // ── joins ───────────────────────────────────────────────────────────────────────────────────

    private LineStore alone;

    private Mono<Joined> joinAlone(UserId user) {
        return alone.join(TestRedis.comers(List.of(user)), 0, Clock.NEVER).map(List::getFirst);
    }

    private Room room(long batch) {
        RoomId id = TestRedis.room();
        RoomSettings settings = Settings.of("mode", "HOLD", "batch", batch);
        alone = TestRedis.line(TestRedis.room(), redis, () -> "");
        alone.seed(settings, Duration.ZERO, Optional.empty()).block();
        Lines lines = new Lines(redis, Timings.USUAL.redisDeadline());
        Room room = TestRooms.room(lines, id, settings, new Recovery(Duration.ZERO, false));
        room.upkeep().tick().block();
        return room;
    }

    private static double joinsPerSecond(String how, Function<UserId, Mono<Joined>> join) {
        List<UserId> users = IntStream.range(0, JOINS).mapToObj(_ -> UserId.random()).toList();
        long begun = System.nanoTime();
        Flux.fromIterable(users).flatMap(join, AT_ONCE).blockLast();
        double perSecond = JOINS * 1e9 / (System.nanoTime() - begun);
        OUT.printf("| joins/s, %s | %,.0f |%n", how, perSecond);
        return perSecond;
    }

    // ── places that nobody wants ────────────────────────────────────────────────────────────────

    /**
     * A minute of 5,000 joins a second of whom nobody is heard again, and every five seconds
     * somebody who means it: how long those wait, in a room for 100 with a tick a second.
     */
    private void measureFakes() {
        LineStore room = TestRedis.line(new RoomId("fakes"), redis, () -> "");
        room.seed(Settings.of("batch", 50), Duration.ZERO, Optional.empty()).block();
        Map<Ticket, Integer> honest = new LinkedHashMap<>();
        long slowest = 0;
        for (int second = 0; second < 180; second++) {
            long begun = System.nanoTime();
            if (second < 60) {
                joinFakes(room);
            }
            if (second < 60 && second % 5 == 4) {
                Joined joined =
                        room.join(TestRedis.comers(List.of(UserId.random())), 0, Clock.NEVER)
                                .block()
                                .get(0);
                honest.put(((Joined.Placed) joined).ticket(), second);
            }
            List<Sign> signs = honest.keySet().stream().map(t -> new Sign(t, false)).toList();
            if (!signs.isEmpty()) {
                room.touch(signs, Life.ANY).block();
            }
            long before = scriptMicros();
            room.patrol().block();
            RoomView view = TestRedis.viewOf(room.admit(true).block());
            slowest = Math.max(slowest, scriptMicros() - before);
            for (Ticket ticket : List.copyOf(honest.keySet())) {
                if (TestRedis.standing(room, ticket, Life.ANY).block() instanceof Standing.Active) {
                    int joined = honest.remove(ticket);
                    OUT.printf(
                            "| joined at %d s, went in after | %d s, %,d waiting |%n",
                            joined, second - joined, view.waiting());
                }
            }
            Duration left = Duration.ofSeconds(1).minusNanos(System.nanoTime() - begun);
            if (left.isPositive()) {
                Mono.delay(left).block();
            }
        }
        OUT.printf(
                "| not yet in | %d |%n| slowest tick, ms | %.1f |%n", honest.size(), slowest / 1e3);
    }

    private static void joinFakes(LineStore room) {
        Flux.range(0, 5_000)
                .map(_ -> UserId.random())
                .buffer(500)
                .concatMap(users -> room.join(TestRedis.comers(users), 0, Clock.NEVER))
                .blockLast();
    }

    // ── memory ──────────────────────────────────────────────────────────────────────────────────

    private LineStore line(int waiting, RoomId id) {
        LineStore room = TestRedis.line(id, redis, () -> "");
        room.seed(
                        Settings.of(
                                "mode",
                                "HOLD",
                                "batch",
                                BATCH,
                                "interval",
                                "100ms",
                                "capacity",
                                "10000000"),
                        Duration.ZERO,
                        Optional.empty())
                .block();
        Flux.range(0, waiting)
                .map(_ -> UserId.random())
                .buffer(500)
                .concatMap(users -> room.join(TestRedis.comers(users), 0, Clock.NEVER))
                .concatMap(joined -> room.touch(signsOf(joined), Life.ANY))
                .blockLast();
        return room;
    }

    /** Of those who are there: who was never seen costs less when they go. */
    private static List<Sign> signsOf(List<Joined> joined) {
        return joined.stream().map(it -> new Sign(((Joined.Placed) it).ticket(), false)).toList();
    }

    private long usedMemory() {
        return Long.parseLong(info("memory").getProperty("used_memory"));
    }

    private Properties info(String section) {
        return redis.execute(connection -> connection.serverCommands().info(section)).blockFirst();
    }

    private long scriptMicros() {
        String stats = info("commandstats").getProperty("cmdstat_evalsha");
        return Arrays.stream(stats.split(","))
                .filter(stat -> stat.startsWith("usec="))
                .mapToLong(stat -> Long.parseLong(stat.substring("usec=".length())))
                .sum();
    }
}
