package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Redis comes back empty in a bad moment. */
class LossAfterLossTests {

    private static final ReactiveStringRedisTemplate REDIS = TestRedis.ALONE.template();
    private static final RoomSettings SETTINGS = Settings.of("capacity", 2, "claim-timeout", "60s");

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();
    private final Room gateway = gateway();
    private final Room other = gateway();

    private Room gateway() {
        Recovery recovery = new Recovery(Duration.ofMinutes(1), true);
        Lines lines = new Lines(REDIS, clock, TestRedis.PATIENCE);
        return TestRooms.room(lines, id, SETTINGS, recovery);
    }

    @BeforeEach
    void theRoomIsOpen() {
        ticks(30);
    }

    @Test
    void whoeverHasNotPolledInBetweenKeepsThePlace() {
        join(2);
        List<Ticket> waiting = join(4);
        ticks(10);

        loseEverything();
        ticks(5);
        Ticket newcomer = join(1).getFirst();
        assertThat(standing(gateway, waiting.get(2))).isInstanceOf(Standing.Waiting.class);
        ticks(5);
        loseEverything();
        ticks(5);

        for (Ticket each : waiting) {
            assertThat(standing(other, each)).isInstanceOf(Standing.Waiting.class);
        }
        assertThat(standing(gateway, newcomer)).isInstanceOf(Standing.Waiting.class);
        ticks(1);
        assertThat(standing(gateway, newcomer)).isEqualTo(new Standing.Waiting(4));
        assertThat(standing(gateway, waiting.get(3))).isEqualTo(new Standing.Waiting(3));
    }

    /** Far behind, where the roll tells who waited. */
    @Test
    void whoeverHadLapsedFarBehindStaysOut() {
        join(1_003);
        Ticket lapsed = join(1).getFirst();
        Ticket honest = join(1).getFirst();
        ticks(1);
        String line = "wr:{" + id + "}:waiting";
        REDIS.opsForZSet().remove(line, lapsed.user().toString()).block();
        ticks(2);

        loseEverything();
        ticks(5);
        loseEverything();
        ticks(5);

        assertThat(standing(other, lapsed)).isInstanceOf(Standing.Ended.class);
        assertThat(standing(other, honest)).isInstanceOf(Standing.Waiting.class);
    }

    /** Its verdict is put back after the end, which it has missed. */
    @Test
    void whoeverHasPaidIsToldSoByAGatewayThatHasNotHeardOfIt() {
        Ticket paid = join(1).getFirst();
        assertThat(standing(other, paid)).isInstanceOf(Standing.Active.class);
        gateway.end(paid, EndReason.COMPLETED).block();

        loseEverything();
        ticks(1);

        assertThat(standing(other, paid)).isEqualTo(new Standing.Ended(EndReason.COMPLETED));
    }

    /**
     * Who has gone in since then is known by the last views, though their time is an earlier one.
     */
    @Test
    void whoseTurnHasRunOutDoesNotStandInLineAgainThoughTheClockWentBack() {
        clock.pass(Duration.ofHours(2));
        ticks(30);
        clock.pass(Duration.ofHours(-1));
        Ticket over = join(2).getFirst();
        ticks(75);

        loseEverything();
        ticks(5);

        assertThat(standing(other, over)).isInstanceOf(Standing.Ended.class);
    }

    /** As after the start of a machine that is told the time a little later. */
    @Test
    void nobodyLosesThePlaceToAServerWhoseClockIsBehind() {
        clock.pass(Duration.ofHours(1));
        ticks(1);
        List<Ticket> inside = join(2);
        List<Ticket> waiting = join(3);
        ticks(10);

        loseEverything();
        clock.pass(Duration.ofHours(-9));
        ticks(5);
        Ticket newcomer = join(1).getFirst();
        ticks(1);
        assertThat(standing(other, inside.getFirst())).isInstanceOf(Standing.Active.class);
        assertThat(standing(other, waiting.get(1))).isInstanceOf(Standing.Waiting.class);
        ticks(1);
        assertThat(standing(gateway, newcomer)).isEqualTo(new Standing.Waiting(1));
        clock.pass(Duration.ofHours(9));
        ticks(1);

        assertThat(standing(other, waiting.get(0))).isInstanceOf(Standing.Waiting.class);
        assertThat(standing(other, waiting.get(2))).isInstanceOf(Standing.Waiting.class);
    }

    @Test
    void nobodyLosesThePlaceWhereTheClockWasPutBackBefore() {
        join(2);
        List<Ticket> waiting = join(2);
        clock.pass(Duration.ofHours(-9));
        ticks(10);

        loseEverything();
        ticks(5);
        assertThat(standing(other, waiting.getFirst())).isInstanceOf(Standing.Waiting.class);
        assertThat(standing(other, waiting.getLast())).isInstanceOf(Standing.Waiting.class);
        ticks(60);

        assertThat(standing(gateway, waiting.getFirst())).isInstanceOf(Standing.Active.class);
    }

    /** Of whoever is let in while others wait, as in a room that was open for a moment. */
    @Test
    void whoeverWasPassedOverByAnOpenRoomKeepsThePlace() {
        join(2);
        List<Ticket> waiting = join(3);
        change("mode", "OPEN");
        Ticket passed = join(1).getFirst();
        change("mode", "HOLD");
        assertThat(standing(gateway, passed)).isInstanceOf(Standing.Active.class);
        ticks(30);

        loseEverything();
        ticks(5);

        for (Ticket each : waiting) {
            assertThat(standing(other, each)).isInstanceOf(Standing.Waiting.class);
        }
    }

    /** When they came is lost: from the loss on they wait as long as anybody may. */
    @Test
    void whoeverComesBackHasNotWaitedForTooLong() {
        change("max-wait-ms", "600000");
        join(2);
        List<Ticket> waiting = join(2);
        ticks(5);

        loseEverything();
        ticks(5);
        assertThat(standing(gateway, waiting.getFirst())).isInstanceOf(Standing.Waiting.class);
        change("mode", "HOLD");
        join(1); // and is not heard of again
        waitFor(500, waiting.getFirst(), waiting.getLast());
        Ticket newcomer = join(1).getFirst();
        waitFor(120, newcomer);

        assertThat(standing(gateway, newcomer)).isEqualTo(new Standing.Waiting(0));
    }

    private void waitFor(int seconds, Ticket... those) {
        for (int i = 0; i < seconds; i += 10) {
            for (Ticket each : those) {
                assertThat(standing(gateway, each)).isInstanceOf(Standing.Waiting.class);
            }
            gateway.upkeep().flush().block();
            ticks(10);
        }
    }

    private void ticks(int many) {
        IntStream.range(0, many)
                .forEach(
                        _ -> {
                            clock.pass(Duration.ofSeconds(1));
                            gateway.upkeep().tick().block();
                            other.upkeep().tick().block();
                            gateway.upkeep().patrol().block();
                            other.upkeep().patrol().block();
                        });
    }

    private List<Ticket> join(int people) {
        return IntStream.range(0, people)
                .mapToObj(
                        _ ->
                                ((Joined.Placed)
                                                gateway.join(UserId.random(), Runnable::run)
                                                        .block())
                                        .ticket())
                .toList();
    }

    private void change(String setting, String value) {
        gateway.controls().change(Map.of(setting, value), new Operator("", "")).block();
    }

    private static Standing standing(Room room, Ticket ticket) {
        return room.standing(ticket).block();
    }

    private void loseEverything() {
        REDIS.keys("wr:{" + id + "}:*").flatMap(REDIS::delete).blockLast();
    }
}
