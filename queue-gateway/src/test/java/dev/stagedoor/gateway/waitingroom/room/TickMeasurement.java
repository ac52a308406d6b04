package dev.stagedoor.gateway.waitingroom.room;

import static dev.stagedoor.gateway.waitingroom.room.Busy.part;
import static dev.stagedoor.gateway.waitingroom.room.Busy.print;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Busy.Meanwhile;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How long a tick keeps Redis busy; not a test, started by {@code load-tests/line-in-redis.sh
 * ticks}. The Redis that it is given must be empty, and is not emptied.
 */
final class TickMeasurement {

    private static final int MANY = 1_000_000;
    private static final int FEW = 1_000;
    private static final int ROUNDS = 31;
    private static final PrintStream OUT = System.out;

    private final Busy busy;
    private final ReactiveStringRedisTemplate redis;

    private TickMeasurement(Busy busy, ReactiveStringRedisTemplate redis) {
        this.busy = busy;
        this.redis = redis;
    }

    public static void main(String[] arguments) {
        Busy busy = new Busy(URI.create(arguments[0]));
        ReactiveStringRedisTemplate redis = TestRedis.template(arguments[0]);
        if (arguments[1].equals("rate")) {
            new RateMeasurement(busy, redis).measure(arguments.length > 2 ? arguments[2] : "1,3");
        } else {
            new TickMeasurement(busy, redis).measure();
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
                    TestRedis.line(
                            id,
                            redis,
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
                    .concatMap(users -> store.join(TestRedis.comers(users), 0, Clock.NEVER))
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

    private void measure() {
        busy.logsFrom(0);
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
        print("calls of the patrol, 500,000 are silent", scripts(half.store.patrol()));

        many.fallSilentBut(List.of());
        Line lost = new Line("lost", FEW);
        lost.fallSilentBut(List.of());
        Stream.of(lost, many).forEach(line -> line.change("mode", "AUTO"));
        print("all 1,000 are silent", scripts(lost.store.admit(false)));
        many.come(1);
        many.see(List.of(many.people.getLast()));
        Mono.delay(Duration.ofMillis(120)).block(); // until a tick is due
        long silent = many.waiting() - 1;
        long begun = System.nanoTime();
        int ticks = 0;
        List<Long> all = new ArrayList<>();
        for (; many.waiting() > 0; ticks++) {
            all.addAll(scripts(many.store.admit(false)));
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

    private List<Long> rungs(Line line) {
        return scripts(line.store.view(true));
    }

    /** In turns: of every tick its longest call, and the processor's time for all of them. */
    private void compare(String what, Supplier<Line> few, Line many, int gateways) {
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

    private Tick tick(Line line, int gateways) {
        Mono.delay(Duration.ofMillis(120)).block();
        Meanwhile ticking =
                busy.with(
                        () ->
                                Flux.range(0, gateways)
                                        .flatMap(_ -> line.store.admit(false))
                                        .blockLast());
        return new Tick(ticking.scripts().getLast(), ticking.processor());
    }

    private List<Long> scripts(Mono<?> call) {
        return busy.with(call::block).scripts();
    }
}
