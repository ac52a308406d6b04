package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.timers.RoomTimers;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Busy.Meanwhile;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How well the rate is kept that is asked for, how long Redis is busy meanwhile, and whether {@code
 * per-minute} holds; not a test, started by {@code load-tests/line-in-redis.sh rate}. The Redis
 * that it is given must be empty, and is not emptied.
 */
final class RateMeasurement {

    private static final int PER_MINUTE = 600_000;
    private static final PrintStream OUT = System.out;

    private final Busy busy;
    private final ReactiveStringRedisTemplate redis;

    RateMeasurement(Busy busy, ReactiveStringRedisTemplate redis) {
        this.busy = busy;
        this.redis = redis;
    }

    /**
     * @param gateways how many there are, one number after the other
     */
    void measure(String gateways) {
        busy.logsFrom(1_000);
        int[] all = Stream.of(gateways.split(",")).mapToInt(Integer::parseInt).toArray();
        IntStream.of(all).forEach(this::measureRate);
        measureMinutes(all[all.length - 1]);
    }

    /** A room that lets in 20,000 a second, and a line that is long enough. */
    private final class Rush {

        final LineStore store;
        final List<RoomTimers> timers;

        Rush(String name, int waiting, int perMinute, int gateways) {
            RoomId id = new RoomId(name);
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
                            "per-minute",
                            perMinute,
                            "claim-timeout",
                            "10s",
                            "max-waiting",
                            0);
            store = TestRedis.line(id, redis, () -> "");
            store.seed(settings, Duration.ZERO, Optional.empty()).block();
            Flux.range(0, waiting)
                    .map(_ -> UserId.random())
                    .buffer(500)
                    .concatMap(users -> store.join(TestRedis.comers(users), 0, Clock.NEVER))
                    .concatMap(
                            joined ->
                                    store.touch(
                                            joined.stream()
                                                    .map(one -> ((Joined.Placed) one).ticket())
                                                    .map(ticket -> new Sign(ticket, false))
                                                    .toList(),
                                            Life.ANY))
                    .blockLast();
            timers = Stream.generate(() -> timers(id, settings)).limit(gateways).toList();
            timers.forEach(RoomTimers::start);
            Settings.change(store, Map.of("mode", "AUTO")).block();
        }

        Mono<RoomView> view() {
            return store.view(false).map(TestRedis::viewOf);
        }

        void stop() {
            timers.forEach(RoomTimers::stop);
        }
    }

    /** In the minute that begins in the middle between two ticks, or nearly. */
    private void measureRate(int gateways) {
        Rush rush = new Rush("rate" + gateways, 1_350_000, 0, gateways);
        Mono.delay(Duration.ofMillis(3_500)).block();
        RoomView before = rush.view().block();
        Meanwhile minute = busy.with(() -> Mono.delay(Duration.ofSeconds(60)).block());
        long admitted = admitted(before, rush.view().block());
        rush.stop();
        OUT.printf(
                "| %d gateways, 60 s: let in, of 1,200,000 | %,d | %+.2f %% |%n",
                gateways, admitted, admitted / 12_000.0 - 100);
        OUT.printf("| of its core Redis used | %.0f %% |%n", minute.processor() / 600_000.0);
        Busy.print("scripts of 1 ms and more", minute.scripts());
    }

    /** For half a minute as fast; then nobody comes in until a second of it is over. */
    private void measureMinutes(int gateways) {
        Rush rush = new Rush("minutes", 900_000, PER_MINUTE, gateways);
        List<RoomView> seen =
                Mono.delay(Duration.ofMillis(50))
                        .then(Mono.defer(rush::view))
                        .repeat()
                        .take(Duration.ofSeconds(75))
                        .collectList()
                        .block();
        rush.stop();
        long most = 0;
        int first = 0;
        for (RoomView last : seen) {
            Instant minuteAgo = last.taken().asOf().minusSeconds(60);
            while (seen.get(first).taken().asOf().isBefore(minuteAgo)) {
                first++;
            }
            most = Math.max(most, admitted(seen.get(first), last));
        }
        OUT.printf(
                "| %d gateways, in any 60 s: let in, of %,d | %,d | %+.2f %% |%n",
                gateways, PER_MINUTE, most, 100.0 * most / PER_MINUTE - 100);
    }

    private RoomTimers timers(RoomId id, RoomSettings settings) {
        Lines lines = new Lines(redis, Timings.USUAL.redisDeadline());
        Rooms rooms = TestRooms.of(lines, id, settings, new Recovery(Duration.ZERO, false));
        return new RoomTimers(rooms, Timings.USUAL, new GatewayMeters(new SimpleMeterRegistry()));
    }

    private static long admitted(RoomView before, RoomView after) {
        return after.totals().get("admitted") - before.totals().get("admitted");
    }
}
