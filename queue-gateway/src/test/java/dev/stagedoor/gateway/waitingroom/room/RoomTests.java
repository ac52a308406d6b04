package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.timers.RoomTimers;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a gateway makes of what Redis says. */
class RoomTests {

    private static final ReactiveStringRedisTemplate REDIS = TestRedis.ALONE.template();
    private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();

    /** What a gateway has seen is of the last tick: by that all of a crowd would be the first. */
    @Test
    void whoeverComesBetweenTwoTicksIsToldAPlaceOfTheirOwn() {
        Room room = rooms(Map.of(id, Settings.of("mode", "HOLD"))).find(id).orElseThrow();
        room.upkeep().tick().block();

        List<Standing> told =
                Flux.range(0, 4)
                        .concatMap(_ -> room.join(UserId.random(), Runnable::run))
                        .map(joined -> ((Joined.Placed) joined).standing())
                        .collectList()
                        .block();

        assertThat(told)
                .containsExactly(
                        new Standing.Waiting(0),
                        new Standing.Waiting(1),
                        new Standing.Waiting(2),
                        new Standing.Waiting(3));
    }

    @Test
    void lengtheningASessionThatIsNoneChangesNothing() {
        RoomSettings settings = Settings.of("capacity", 1);
        Room room = rooms(Map.of(id, settings)).find(id).orElseThrow();
        room.upkeep().tick().block();
        Ticket inside = placed(room.join(UserId.random(), Runnable::run));
        Ticket waiting = placed(room.join(UserId.random(), Runnable::run));
        clock.pass(Duration.ofSeconds(1));
        room.upkeep().tick().block();
        room.end(inside, EndReason.COMPLETED).block();

        room.extend(inside, Duration.ofMinutes(1)).block();
        room.extend(waiting, Duration.ofMinutes(1)).block();

        assertThat(room.standing(inside).block())
                .isEqualTo(new Standing.Ended(EndReason.COMPLETED));
        assertThat(room.standing(waiting).block()).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void aPlaceThatWasGivenBackWhileRedisWasAwayIsNotGivenToWhoeverJoinsAgain() {
        try (EmbeddedRedis own = EmbeddedRedis.start()) {
            Room room =
                    rooms(
                                    new Lines(
                                            TestRedis.template(own.url()),
                                            clock,
                                            TestRedis.PATIENCE),
                                    Map.of(id, Settings.of("mode", "HOLD")))
                            .find(id)
                            .orElseThrow();
            room.upkeep().tick().block();
            Ticket held = placed(room.join(UserId.random(), Runnable::run));
            Ticket shown = placed(room.join(UserId.random(), Runnable::run));
            own.ask("ACL SETUSER default -@scripting");
            for (Ticket left : List.of(held, shown)) {
                assertThatThrownBy(() -> room.end(left, EndReason.LEFT).block())
                        .isInstanceOf(LineUnavailable.class);
            }
            own.ask("ACL SETUSER default +@scripting");

            assertThat(room.joinAgain(shown, Runnable::run).block())
                    .isInstanceOf(Joined.Over.class);
            assertThat(placed(room.join(held.user(), Runnable::run)).sequence())
                    .isGreaterThan(held.sequence());
        }
    }

    /** Their deadlines run out in the same moment, on two threads. */
    @Test
    void ofEndsThatAreToldTogetherToASlowRedisOneFailsAndNoErrorOfAnotherIsDropped() {
        try (EmbeddedRedis own = EmbeddedRedis.start()) {
            Lines lines = new Lines(TestRedis.template(own.url()), clock, Duration.ofSeconds(3));
            Room room =
                    rooms(lines, Map.of(id, Settings.of("mode", "HOLD"))).find(id).orElseThrow();
            room.upkeep().tick().block();
            List<Ticket> line =
                    Stream.generate(() -> placed(room.join(UserId.random(), Runnable::run)))
                            .limit(32)
                            .toList();
            own.ask("ACL SETUSER default -@scripting");
            line.forEach(left -> room.end(left, EndReason.LEFT).onErrorComplete().block());
            own.ask("ACL SETUSER default +@scripting");
            own.ask("CLIENT PAUSE 60000");
            Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();
            Consumer<Throwable> hook = dropped::add;

            assertThatThrownBy(
                            () ->
                                    room.upkeep()
                                            .flush()
                                            .contextWrite(Context.of(ON_ERROR_DROPPED, hook))
                                            .block())
                    .isInstanceOf(LineUnavailable.class);

            assertThat(dropped).isEmpty();
        }
    }

    @Test
    void whoMayHaveComeInPastSilentPeopleIsNotToldWithoutALookToWait() {
        Room room = aRoomInWhichNobodyGoesIn();
        Room other = rooms(Map.of(id, Settings.of())).find(id).orElseThrow();
        IntStream.range(0, 200).forEach(_ -> placed(room.join(UserId.random(), Runnable::run)));
        Ticket behind = placed(room.join(UserId.random(), Runnable::run));
        room.standing(behind).block();
        room.upkeep().flush().block();
        change(room, "mode", "AUTO");
        clock.pass(Duration.ofSeconds(61));
        room.controls().look().block();

        other.upkeep().tick().block();

        assertThat(room.usedAtOnce(behind)).isEmpty();
        assertThat(room.use(behind).block()).isInstanceOf(Standing.Active.class);
    }

    @Test
    void whoWaitsIsCertainToUntilTheNextTickIfTheLastOneIsOver() {
        Room room = aRoomInWhichNobodyGoesIn();
        placed(room.join(UserId.random(), Runnable::run));
        Ticket second = placed(room.join(UserId.random(), Runnable::run));
        clock.pass(Duration.ofSeconds(60));
        room.upkeep().tick().block();
        assertThat(room.usedAtOnce(second)).contains(new Standing.Waiting(1));

        REDIS.opsForHash().put("wr:{" + id + "}:state", "to-admit", "1").block();
        room.controls().look().block();

        assertThat(room.usedAtOnce(second)).isEmpty();
        assertThat(room.use(second).block()).isEqualTo(new Standing.Waiting(1));
    }

    /** With a tick a minute. */
    private Room aRoomInWhichNobodyGoesIn() {
        RoomSettings settings = Settings.of("mode", "HOLD", "batch", 1, "interval", "60s");
        Room room = rooms(Map.of(id, settings)).find(id).orElseThrow();
        room.upkeep().tick().block();
        return room;
    }

    private static void change(Room room, String setting, String value) {
        room.controls().change(Map.of(setting, value), new Operator("alice", "192.0.2.1")).block();
    }

    private static Ticket placed(Mono<Joined> joining) {
        return ((Joined.Placed) joining.block()).ticket();
    }

    @Test
    void whatMayBeToldLaterIsToldWhenTheGatewayStops() {
        Rooms rooms = rooms(Map.of(id, Settings.of("mode", "HOLD")));
        Room room = rooms.find(id).orElseThrow();
        room.upkeep().tick().block();
        Ticket waiting = placed(room.join(UserId.random(), Runnable::run));
        room.standing(waiting).block();
        room.upkeep().flush().block();
        clock.pass(Duration.ofSeconds(10));
        room.standing(waiting).block();
        room.upkeep().flush().block();
        long toldBefore = secondOfLastSign(waiting);

        new RoomTimers(rooms, Timings.USUAL, new GatewayMeters(new SimpleMeterRegistry())).stop();

        await().until(() -> secondOfLastSign(waiting) == toldBefore + 10);
    }

    /** Or people would be told where they stood a minute ago, and then nothing. */
    @Test
    void aRoomThatTicksOnceAMinuteIsLookedAtEverySecond() {
        Rooms rooms = rooms(Map.of(id, Settings.of("interval", "60s")));
        Room room = rooms.find(id).orElseThrow();
        RoomTimers timers =
                new RoomTimers(rooms, Timings.USUAL, new GatewayMeters(new SimpleMeterRegistry()));

        timers.start();

        assertThat(room.views().take(2).collectList().block(Duration.ofSeconds(30))).hasSize(2);
        timers.stop();
    }

    private long secondOfLastSign(Ticket ticket) {
        String block = "wr:{%s}:seen:%d".formatted(id, ticket.sequence() / 100);
        String field = String.valueOf(ticket.sequence() % 100);
        return Long.parseLong((String) REDIS.opsForHash().get(block, field).block());
    }

    /** Whoever has made it may be about to tell of it. */
    @Test
    void aRoomThatNobodyWasToldOfIsToldOfAndNotMadeAgain() {
        Operator alice = new Operator("alice", "192.0.2.1");
        LineStore store = TestRedis.line(id, REDIS, clock);
        store.make(Settings.of("capacity", 10), alice).block();

        Room made = rooms(Map.of()).make(id, Settings.of("capacity", 11), alice).block();

        assertThat(made).isNull();
        assertThat(rooms(Map.of()).exchange().map(Room::id).collectList().block()).contains(id);
    }

    @Test
    void aGatewayWithoutRoomsHearsOfThoseOfOthers() {
        RoomSettings settings = Settings.of("paths", "/gala/**");
        Operator alice = new Operator("alice", "192.0.2.1");
        rooms(Map.of()).make(id, settings, alice).block();

        assertThat(rooms(Map.of()).exchange().map(Room::id).collectList().block()).contains(id);
    }

    @Test
    void whoeverStandsFarBehindIsToldWhereAfterTheFirstTickThatSucceeds() {
        lines().announce(List.of(id)).block();
        Rooms rooms = rooms(Map.of());
        rooms.exchange().blockLast();
        Room room = rooms.find(id).orElseThrow();
        assertThatThrownBy(() -> room.upkeep().tick().block()).isInstanceOf(LineUnavailable.class);
        LineStore store = TestRedis.line(id, REDIS, clock);
        store.make(Settings.of("mode", "HOLD"), new Operator("alice", "192.0.2.1")).block();
        List<UserId> people = Stream.generate(UserId::random).limit(2_000).toList();
        Instant soon = Instant.ofEpochMilli(clock.millis() + 9_000);
        List<Joined> line = store.join(TestRedis.comers(people), Long.MAX_VALUE, soon).block();

        room.upkeep().tick().block();

        Ticket farBehind = ((Joined.Placed) line.get(1_800)).ticket();
        long ahead = ((Standing.Waiting) room.standing(farBehind).block()).ahead();
        assertThat(ahead).isCloseTo(1_800L, withinPercentage(1));
    }

    private Lines lines() {
        return new Lines(REDIS, clock, TestRedis.PATIENCE);
    }

    private Rooms rooms(Map<RoomId, RoomSettings> initial) {
        return rooms(lines(), initial);
    }

    private static Rooms rooms(Lines lines, Map<RoomId, RoomSettings> initial) {
        Recovery recovery = new Recovery(Duration.ofMinutes(1), false);
        return new Rooms(
                lines, initial, Settings.of("capacity", 1), recovery, Timings.USUAL, 2_000);
    }
}
