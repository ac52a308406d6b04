package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.timers.RoomTimers;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How long a tick keeps Redis busy, and how well the rate is kept; not a test, started by {@code
 * load-tests/line-in-redis.sh}. The Redis that it is given must be empty, and is not emptied.
 */
final class TickMeasurement {

    private static final int MANY = 1_000_000;
    private static final int FEW = 1_000;
    private static final int ROUNDS = 31;
    private static final String[] GATEWAYS = {"1", "3"};
    private static final PrintStream OUT = System.out;

    private final String url;
    private final ReactiveStringRedisTemplate redis;

    private TickMeasurement(String url) {
        this.url = url;
        this.redis = TestRedis.template(url);
    }

    public static void main(String[] arguments) throws Exception {
        TickMeasurement measurement = new TickMeasurement(arguments[0]);
        if (arguments[1].equals("rate")) {
            for (String gateways : arguments.length > 2 ? arguments[2].split(",") : GATEWAYS) {
                measurement.measureRate(Integer.parseInt(gateways));
            }
        } else {
            measurement.measureTicks();
        }
        System.exit(0);
    }

    /** A room, by a clock that goes ahead of that of Redis. */
    private final class Line {

        final RoomId id;
        final AtomicLong ahead = new AtomicLong();
        final List<Sign> people = new ArrayList<>();
        final LineStore store;

        Line(String name, int waiting) {
            this.id = new RoomId(name);
            this.store =
                    new LineStore(
                            id,
                            redis,
                            TestRedis.noOutage(),
                            () -> Long.toString(System.currentTimeMillis() + ahead.get()));
            RoomSettings settings =
                    Settings.of(
                            "mode",
                            "HOLD",
                            "batch",
                            100,
                            "interval",
                            "100ms",
                            "capacity",
                            10_000_000,
                            "claim-timeout",
                            "1h",
                            "session",
                            "1h");
            store.seed(settings, Duration.ZERO, Optional.empty()).block();
            come(waiting);
            see(people);
            change("mode", "AUTO");
        }

        void come(int number) {
            Flux.range(0, number)
                    .map(_ -> UserId.random())
                    .buffer(500)
                    .concatMap(users -> store.join(users, 0, Clock.NEVER))
                    .flatMapIterable(joined -> joined)
                    .map(joined -> new Sign(((Joined.Placed) joined).ticket(), false))
                    .doOnNext(people::add)
                    .blockLast();
        }

        void see(List<Sign> signs) {
            Flux.fromIterable(signs)
                    .buffer(500)
                    .concatMap(some -> store.touch(some, Life.ANY))
                    .blockLast();
        }

        void change(String setting, Object value) {
            Settings.change(store, Map.of(setting, String.valueOf(value))).block();
        }

        long waiting() {
            return TestRedis.viewOf(store.view(false).block()).waiting();
        }

        Line refilled() {
            int before = people.size();
            change("mode", "HOLD");
            come((int) Math.max(0, FEW - waiting()));
            see(people.subList(before, people.size()));
            change("mode", "AUTO");
            return this;
        }

        void loseEveryOther() {
            String everyOther =
                    """
                    for rank = redis.call('ZCARD', KEYS[1]) - 1, 0, -2 do
                      local place = redis.call('ZRANGE', KEYS[1], rank, rank, 'WITHSCORES')
                      local block = string.format('%.0f', math.floor(place[2] / 100))
                      redis.call('HDEL', KEYS[2] .. block, place[2] % 100)
                      redis.call('ZREM', KEYS[1], place[1])
                    end
                    """;
            List<String> keys = List.of(new Keys(id).waiting(), "wr:{" + id + "}:seen:");
            redis.execute(RedisScript.of(everyOther), keys).blockLast();
        }

        /** For longer than a place is kept, with ticks that let nobody in. */
        void fallSilentBut(List<Sign> present) {
            change("mode", "HOLD");
            for (int i = 0; i < 34; i++) {
                if (i == 17) {
                    see(present);
                }
                ahead.addAndGet(9_000);
                store.admit(false).block();
            }
        }

        List<Sign> everyOther() {
            return IntStream.range(0, people.size() / 2).mapToObj(i -> people.get(2 * i)).toList();
        }
    }

    // ── ticks ───────────────────────────────────────────────────────────────────────────────────

    private void measureTicks() throws IOException {
        say("CONFIG SET slowlog-log-slower-than 0");
        say("CONFIG SET slowlog-max-len 100000");
        Line few = new Line("few", FEW);
        Line many = new Line("many", MANY);
        compare("nobody has left, 100 come in", few::refilled, many, 1);
        compare("the same, of five gateways", few::refilled, many, 5);
        print("the rungs of 1,000,000, nobody has left", rungs(many));
        Stream.of(few, many).forEach(line -> line.change("batch", 1_000));
        compare("1,000 come in", few::refilled, many, 1);
        many.change("batch", 100);
        many.loseEveryOther();
        compare("every other one has left, 100 come in", this::fewWithGaps, many, 1);
        print("the rungs of 1,000,000, every other one has left", rungs(many));

        Line half = new Line("half", MANY);
        half.fallSilentBut(half.everyOther());
        half.change("mode", "AUTO");
        List<Tick> ofFew = new ArrayList<>();
        List<Tick> ofHalf = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            Line shortOne = new Line("half" + i, FEW);
            shortOne.fallSilentBut(shortOne.everyOther());
            shortOne.change("mode", "AUTO");
            ofFew.add(tick(shortOne, 1));
            ofHalf.add(tick(half, 1));
        }
        compare("half are silent, 100 come in, longest call", ofFew, ofHalf, Tick::longestCall);
        compare("half are silent, 100 come in, processor", ofFew, ofHalf, Tick::cpu);
        half.change("mode", "HOLD");
        print("calls of the patrol, 500,000 are silent", calls(() -> half.store.patrol().block()));

        many.fallSilentBut(List.of());
        Line lost = new Line("lost", FEW);
        lost.fallSilentBut(List.of());
        Stream.of(lost, many).forEach(line -> line.change("mode", "AUTO"));
        print("all 1,000 are silent", calls(() -> lost.store.admit(false).block()));
        many.come(1);
        many.see(List.of(many.people.getLast()));
        long silent = many.waiting() - 1;
        long begun = System.nanoTime();
        int ticks = 0;
        List<Long> all = new ArrayList<>();
        for (; many.waiting() > 0; ticks++) {
            all.addAll(calls(() -> many.store.admit(false).block()));
        }
        print("all but the last one are silent", all);
        OUT.printf(
                "| whoever stands behind %,d who are silent comes in after | %d ticks, %.1f s |%n",
                silent, ticks, (System.nanoTime() - begun) / 1e9);
    }

    /** Whoever joins a line with gaps stands without one: so it is made anew. */
    private Line fewWithGaps() {
        Line line = new Line("gaps" + System.nanoTime(), 2 * FEW);
        line.loseEveryOther();
        return line;
    }

    private List<Long> rungs(Line line) throws IOException {
        return calls(() -> line.store.view(true).block());
    }

    /** In turns: of every tick its longest call, and the processor's time for all of them. */
    private void compare(String what, Supplier<Line> few, Line many, int gateways)
            throws IOException {
        List<Tick> ofFew = new ArrayList<>();
        List<Tick> ofMany = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            ofFew.add(tick(few.get(), gateways));
            ofMany.add(tick(many, gateways));
        }
        compare(what + ", longest call", ofFew, ofMany, Tick::longestCall);
        compare(what + ", processor in all", ofFew, ofMany, Tick::cpu);
    }

    private static void compare(
            String what, List<Tick> few, List<Tick> many, Function<Tick, Long> micros) {
        List<Long> ofFew = few.stream().map(micros).toList();
        List<Long> ofMany = many.stream().map(micros).toList();
        print(what + ", 1,000", ofFew);
        print(what + ", 1,000,000", ofMany);
        OUT.printf(
                "| ratio: half of them, nine in ten, all below | %.2f x | %.2f x | %.2f x |%n",
                part(ofMany, 0.5) / part(ofFew, 0.5),
                part(ofMany, 0.9) / part(ofFew, 0.9),
                part(ofMany, 1) / part(ofFew, 1));
    }

    private record Tick(long longestCall, long cpu) {}

    private Tick tick(Line line, int gateways) throws IOException {
        Mono.delay(Duration.ofMillis(120)).block();
        say("SLOWLOG RESET");
        double before = cpu(say("INFO cpu"));
        Flux.range(0, gateways).flatMap(_ -> line.store.admit(false)).blockLast();
        long micros = (long) ((cpu(say("INFO cpu")) - before) * 1e6);
        return new Tick(calls().getLast(), micros);
    }

    private static void print(String what, List<Long> micros) {
        OUT.printf(
                "| %s: times, µs: half, nine in ten, all below | %d | %.0f | %.0f | %.0f |%n",
                what, micros.size(), part(micros, 0.5), part(micros, 0.9), part(micros, 1));
    }

    private static double part(List<Long> values, double part) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.ceil(part * sorted.size()) - 1);
    }

    /** µs of each script that is run meanwhile, ascending. */
    private List<Long> calls(Runnable work) throws IOException {
        say("SLOWLOG RESET");
        work.run();
        return calls();
    }

    private List<Long> calls() throws IOException {
        String log = say("SLOWLOG GET 100000");
        return Arrays.stream(log.split("\\*6 "))
                .filter(entry -> entry.contains("EVALSHA") || entry.contains("EVAL "))
                .map(entry -> Long.valueOf(entry.split(" ")[2].substring(1)))
                .sorted()
                .toList();
    }

    /** What Redis answers, on one line. */
    private String say(String command) throws IOException {
        URI uri = URI.create(url);
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.getOutputStream()
                    .write((command + "\r\nPING\r\n").getBytes(StandardCharsets.UTF_8));
            BufferedReader answer =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            StringBuilder lines = new StringBuilder();
            for (String line = answer.readLine(); !line.equals("+PONG"); line = answer.readLine()) {
                lines.append(line).append(' ');
            }
            return lines.toString();
        }
    }

    // ── the rate ────────────────────────────────────────────────────────────────────────────────

    /** Of a room that lets in 20,000 a second, from a line that is long enough. */
    private void measureRate(int gateways) throws Exception {
        RoomId id = new RoomId("rate" + gateways);
        RoomSettings settings =
                Settings.of(
                        "mode",
                        "HOLD",
                        "batch",
                        20_000,
                        "interval",
                        "1s",
                        "capacity",
                        10_000_000,
                        "claim-timeout",
                        "10s",
                        "max-waiting",
                        0);
        LineStore store = new LineStore(id, redis, TestRedis.noOutage(), () -> "");
        store.seed(settings, Duration.ZERO, Optional.empty()).block();
        Flux.range(0, 1_350_000)
                .map(_ -> UserId.random())
                .buffer(500)
                .concatMap(users -> store.join(users, 0, Clock.NEVER))
                .concatMap(
                        joined ->
                                store.touch(
                                        joined.stream()
                                                .map(one -> ((Joined.Placed) one).ticket())
                                                .map(ticket -> new Sign(ticket, false))
                                                .toList(),
                                        Life.ANY))
                .blockLast();
        List<RoomTimers> timers =
                Stream.generate(() -> timers(id, settings)).limit(gateways).toList();
        timers.forEach(RoomTimers::start);
        Settings.change(store, Map.of("mode", "AUTO")).block();
        Mono.delay(Duration.ofMillis(3_500)).block(); // in the middle between two ticks, or nearly
        long before = admitted(store);
        say("CONFIG SET slowlog-log-slower-than 1000");
        say("CONFIG SET slowlog-max-len 100000");
        String cpuBefore = say("INFO cpu");
        List<Long> calls = calls(() -> Mono.delay(Duration.ofSeconds(60)).block());
        String cpuAfter = say("INFO cpu");
        long admitted = admitted(store) - before;
        timers.forEach(RoomTimers::stop);
        OUT.printf(
                "| %d gateways, 60 s: let in, of 1,200,000 | %,d | %+.2f %% |%n",
                gateways, admitted, admitted / 12_000.0 - 100);
        OUT.printf("| of its core Redis used | %.0f %% |%n", (cpu(cpuAfter) - cpu(cpuBefore)) / .6);
        print("scripts of 1 ms and more", calls);
    }

    private RoomTimers timers(RoomId id, RoomSettings settings) {
        Rooms rooms =
                new Rooms(
                        new Lines(redis, Timings.USUAL.redisDeadline()),
                        Map.of(id, settings),
                        settings,
                        new Recovery(Duration.ZERO, false),
                        Timings.USUAL,
                        2_000);
        return new RoomTimers(rooms, Timings.USUAL, new GatewayMeters(new SimpleMeterRegistry()));
    }

    private static long admitted(LineStore store) {
        return TestRedis.viewOf(store.view(false).block()).totals().get("admitted");
    }

    private static double cpu(String info) {
        return Arrays.stream(info.split(" "))
                .filter(line -> line.matches("used_cpu_(sys|user)_main_thread:.*"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                .sum();
    }
}
