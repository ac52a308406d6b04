package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Redis comes back empty. Who waited keeps the place; a ticket that somebody has kept from before
 * is worth nothing, whatever became of it and whichever gateway it is shown to.
 */
class LossTests {

    private static final ReactiveStringRedisTemplate REDIS = TestRedis.ALONE.template();
    private static final RoomSettings SETTINGS =
            Settings.of("capacity", 2, "claim-timeout", "60s", "idle-timeout", "60s");

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();
    private Room gateway = gateway();
    private Room other = gateway();

    private Room gateway() {
        Recovery recovery = new Recovery(Duration.ofMinutes(1), true);
        Lines lines = new Lines(REDIS, clock, TestRedis.PATIENCE);
        return TestRooms.room(lines, id, SETTINGS, recovery);
    }

    @BeforeEach
    void theRoomIsOpen() {
        tick();
        pass(Duration.ofMinutes(2));
    }

    @Test
    void whoeverWaitedKeepsTheOrder() {
        join(2);
        List<Ticket> waiting = join(4);
        tick();

        loseEverything();
        tick();

        assertThat(standing(other, waiting.get(3))).isEqualTo(new Standing.Waiting(0));
        assertThat(standing(gateway, waiting.get(1))).isInstanceOf(Standing.Waiting.class);
        assertThat(standing(gateway, waiting.get(0))).isInstanceOf(Standing.Waiting.class);
        tick();
        assertThat(standing(gateway, waiting.get(3))).isEqualTo(new Standing.Waiting(2));
    }

    @Test
    void whoeverRanOutOrLapsedOrLeftStaysOut() {
        List<Ticket> expired = join(2);
        List<Ticket> lapsed = join(2);
        List<Ticket> left = join(2);
        left.forEach(ticket -> gateway.end(ticket, EndReason.LEFT).block());
        Ticket honest = join(1).getFirst();
        pass(Duration.ofSeconds(30));
        Ticket alsoLapsed = join(1).getFirst();
        Ticket last = join(1).getFirst();
        change("mode", "HOLD"); // nobody goes in any more
        IntStream.range(0, 9).forEach(_ -> keepAlive(Duration.ofSeconds(10), honest, last));

        forgetEnds(); // as gateways do after an hour
        loseEverything();

        everythingIsOverBut(
                List.of(honest, last), List.of(expired, lapsed, left, List.of(alsoLapsed)));
    }

    /**
     * The view names the first thousand; of those behind them it counts who was there at the roll
     * call.
     */
    @Test
    void whoeverLapsedFarBehindStaysOutToo() {
        Ticket lapsed = farBehind();
        Ticket honest = join(1).getFirst();
        Ticket ofTheOther = join(1).getFirst();
        moreThanTwoMinutesPass(honest, ofTheOther);

        loseEverything();

        comeBack(honest, ofTheOther);
        for (Room room : List.of(gateway, other)) {
            assertThat(standing(room, lapsed)).isInstanceOf(Standing.Ended.class);
        }
    }

    @Test
    void whoeverLapsedFarBehindStaysOutThoughTheGatewayThatKnewTheOthersWasRestarted() {
        Ticket lapsed = farBehind();
        Ticket honest = join(1).getFirst();
        Ticket ofTheOther = join(1).getFirst();
        moreThanTwoMinutesPass(honest, ofTheOther);

        other = gateway();
        other.upkeep().tick().block();
        loseEverything();

        comeBack(honest, ofTheOther);
        for (Room room : List.of(gateway, other)) {
            assertThat(standing(room, lapsed)).isInstanceOf(Standing.Ended.class);
        }
    }

    @Test
    void aGatewayAloneKnowsAMomentAfterItsStartWhoWaits() {
        Ticket lapsed = farBehind();
        Ticket honest = join(1).getFirst();
        Ticket ofTheOther = join(1).getFirst();
        moreThanTwoMinutesPass(honest, ofTheOther);

        gateway = gateway();
        other = gateway;
        tick();
        tick();
        loseEverything();

        comeBack(honest, ofTheOther);
        assertThat(standing(gateway, lapsed)).isInstanceOf(Standing.Ended.class);
    }

    @Test
    void whoeverJoinedAfterTheLastRollCallComesBack() {
        farBehind();
        Ticket honest = join(1).getFirst();
        tick();
        tick();
        Ticket late = join(1).getFirst();

        loseEverything();

        tick();
        IntStream.range(0, 4).forEach(_ -> tick());
        for (Ticket ticket : List.of(honest, late)) {
            assertThat(standing(gateway, ticket)).isInstanceOf(Standing.Waiting.class);
        }
    }

    @Test
    void whereNoGatewayHadTheTimeToCallTheRollNobodyIsTurnedAway() {
        farBehind();
        Ticket honest = join(1).getFirst();
        Ticket ofTheOther = join(1).getFirst();
        moreThanTwoMinutesPass(honest, ofTheOther);

        gateway = gateway();
        other = gateway();
        gateway.upkeep().tick().block();
        other.upkeep().tick().block();
        loseEverything();

        comeBack(honest, ofTheOther);
    }

    /** Nobody can vouch for who has not been told: but the place in line is theirs. */
    @Test
    void whoeverWasLetInByTheLastTickAndHasNotHeardOfItHasNotLostThePlace() {
        List<Ticket> inside = join(2);
        Ticket next = join(1).getFirst();
        Ticket last = join(1).getFirst();
        pass(Duration.ofSeconds(20));
        assertThat(standing(gateway, next)).isInstanceOf(Standing.Waiting.class);
        gateway.end(inside.getFirst(), EndReason.LEFT).block();
        tick();

        loseEverything();

        everythingIsOverBut(List.of(next, last), List.of(inside.subList(0, 1)));
    }

    @Test
    void whoeverHadPaidHoursAgoStaysOutThoughNobodyWaits() {
        List<Ticket> people = join(2);
        people.forEach(ticket -> gateway.end(ticket, EndReason.COMPLETED).block());
        pass(Duration.ofMinutes(3));
        clock.pass(Duration.ofHours(3));
        tick();

        forgetEnds();
        loseEverything();

        everythingIsOverBut(List.of(), List.of(people));
    }

    @Test
    void ticketsOfLastWeeksSaleStayOut() {
        List<Ticket> lastWeek = join(5);
        loseEverything();
        tick();
        clock.pass(Duration.ofDays(7));
        pass(Duration.ofMinutes(3));
        Ticket inside = join(2).getFirst();
        Ticket honest = join(1).getFirst();
        tick();
        assertThat(standing(gateway, inside)).isInstanceOf(Standing.Active.class);

        loseEverything();

        everythingIsOverBut(List.of(honest), List.of(lastWeek));
    }

    @Test
    void aGatewayThatKnowsNothingLearnsFromTheOther() {
        List<Ticket> expired = join(2);
        pass(Duration.ofSeconds(61));
        join(2);
        Ticket honest = join(1).getFirst();
        tick();

        loseEverything();
        gateway = gateway(); // started anew, and the first to tick
        gateway.upkeep().tick().block();
        assertThatThrownBy(() -> standing(gateway, honest)).isInstanceOf(LineUnavailable.class);
        assertThatThrownBy(() -> standing(gateway, expired.getFirst()))
                .isInstanceOf(LineUnavailable.class);

        everythingIsOverBut(List.of(honest), List.of(expired));
    }

    /** An operator may look at the room on it before its next tick. */
    @Test
    void aGatewayThatHasSeenTheNewRoomTellsAllTheSameWhatItKnowsOfTheOldOne() {
        List<Ticket> expired = join(2);
        pass(Duration.ofSeconds(61));
        join(2);
        Ticket honest = join(1).getFirst();
        tick();

        loseEverything();
        gateway = gateway();
        gateway.upkeep().tick().block();
        other.controls().look().block();

        everythingIsOverBut(List.of(honest), List.of(expired));
    }

    /** Which it calls before it has told what it knows of the one before. */
    @Test
    void theRollOfTheNewRoomIsNotToldAsThatOfTheOldOne() {
        farBehind();
        Ticket honest = join(1).getFirst();
        tick();
        tick();

        loseEverything();
        gateway = gateway();
        gateway.upkeep().tick().block();
        join(1_001);
        other.controls().look().block();
        other.upkeep().patrol().block();
        IntStream.range(0, 5).forEach(_ -> tick());

        assertThat(standing(other, honest)).isInstanceOf(Standing.Waiting.class);
    }

    @Test
    void aGatewayThatWasStartedBeforeTheLossKnowsEnough() {
        List<Ticket> expired = join(2);
        pass(Duration.ofSeconds(61));
        join(2);
        Ticket honest = join(1).getFirst();
        gateway = gateway();
        tick();

        loseEverything();
        other = gateway;

        everythingIsOverBut(List.of(honest), List.of(expired));
    }

    /** Nobody can come back: it is enough that others may have said so. */
    @Test
    void aGatewayThatKnowsNothingAndIsAloneDoesNotWaitForAnybody() {
        loseEverything();
        gateway = gateway();
        other = gateway;
        tick();
        Ticket newcomer = join(1).getFirst();
        assertThat(standing(gateway, newcomer)).isEqualTo(new Standing.Waiting(0));

        IntStream.range(0, 4).forEach(_ -> tick());

        assertThat(standing(gateway, newcomer)).isInstanceOf(Standing.Active.class);
        assertThat(gateway.lastView().orElseThrow().recovering()).isFalse();
    }

    @Test
    void whereNobodyKnowsAllStandBehindWhoeverComes() {
        join(2);
        Ticket kept = join(1).getFirst();

        loseEverything();
        gateway = gateway();
        other = gateway();
        tick();
        change("mode", "HOLD");
        Ticket newcomer = join(1).getFirst();

        everythingIsOverBut(List.of(newcomer), List.of(List.of(kept)));
        Ticket again = ((Joined.Placed) gateway.joinAs(kept, Runnable::run).block()).ticket();
        assertThat(again.sequence()).isGreaterThan(newcomer.sequence());
    }

    // ── far behind ──────────────────────────────────────────────────────────────────────────────

    private List<Ticket> head = List.of();

    private Ticket farBehind() {
        change("mode", "HOLD");
        head = join(1_001);
        return join(1).getFirst();
    }

    /** The head and one more are seen by one gateway, the last one by the other. */
    private void moreThanTwoMinutesPass(Ticket honest, Ticket ofTheOther) {
        for (int i = 0; i < 13; i++) {
            allOfTheHeadAsk();
            standing(gateway, honest);
            standing(other, ofTheOther);
            gateway.upkeep().flush().block();
            other.upkeep().flush().block();
            pass(Duration.ofSeconds(10));
        }
        assertThat(gateway.lastView().orElseThrow().waiting()).isEqualTo(1_003);
    }

    private void comeBack(Ticket honest, Ticket ofTheOther) {
        tick();
        IntStream.range(0, 4).forEach(_ -> tick());
        allOfTheHeadAsk();
        for (Ticket ticket : List.of(honest, ofTheOther)) {
            assertThat(standing(gateway, ticket)).isInstanceOf(Standing.Waiting.class);
        }
        tick();
        assertThat(gateway.lastView().orElseThrow().waiting()).isEqualTo(1_003);
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private void allOfTheHeadAsk() {
        Flux.fromIterable(head).flatMap(gateway::standing).blockLast();
    }

    /** Shown to both gateways, at once and when all have told what they know. */
    private void everythingIsOverBut(List<Ticket> waiting, List<List<Ticket>> over) {
        tick();
        List<Ticket> kept = new ArrayList<>();
        for (List<Ticket> some : over) {
            kept.addAll(some);
        }
        waiting.forEach(ticket -> standing(gateway, ticket));
        IntStream.range(0, 4).forEach(_ -> tick());
        for (Room room : List.of(gateway, other)) {
            assertThat(kept)
                    .allSatisfy(
                            ticket ->
                                    assertThat(standing(room, ticket))
                                            .isInstanceOf(Standing.Ended.class));
        }
        tick();
        for (int i = 0; i < waiting.size(); i++) {
            assertThat(standing(gateway, waiting.get(i))).isEqualTo(new Standing.Waiting(i));
        }
    }

    private void tick() {
        clock.pass(Duration.ofSeconds(1));
        gateway.upkeep().patrol().block();
        other.upkeep().patrol().block();
        gateway.upkeep().tick().block();
        other.upkeep().tick().block();
    }

    /** In steps that nobody forgives silence for. */
    private void pass(Duration time) {
        for (long i = 0; i < time.toSeconds(); i += 10) {
            clock.pass(Duration.ofSeconds(9));
            tick();
        }
    }

    private void keepAlive(Duration time, Ticket... honest) {
        Stream.of(honest).forEach(ticket -> standing(gateway, ticket));
        gateway.upkeep().flush().block();
        pass(time);
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

    private void forgetEnds() {
        RoomView known = gateway.lastView().orElseThrow();
        gateway = gateway();
        other = gateway();
        tick();
        assertThat(gateway.lastView().orElseThrow().epoch()).isEqualTo(known.epoch());
    }

    private void loseEverything() {
        REDIS.delete(new Keys(id).forScripts().toArray(String[]::new)).block();
        REDIS.keys("wr:{" + id + "}:*").flatMap(REDIS::delete).blockLast();
    }
}
