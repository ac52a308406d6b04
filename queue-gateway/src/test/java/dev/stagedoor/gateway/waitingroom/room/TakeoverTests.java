package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.data.domain.Range;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Another server takes over, and the newest writes are lost: what a replica that lagged behind, or
 * a file that was written a moment too early, does to a room that two gateways know.
 */
@ExtendWith(OutputCaptureExtension.class)
class TakeoverTests {

    private static final ReactiveStringRedisTemplate REDIS = TestRedis.ALONE.template();
    private static final String COPY = "copy:";
    private static final Instant LATE = Instant.parse("2100-01-01T00:00:00Z");
    private static final RoomSettings SETTINGS =
            Settings.of("capacity", 2, "batch", 10, "claim-timeout", "60s");

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();
    private final LineStore redis = TestRedis.line(id, REDIS, clock);
    private final Room gateway = gateway();
    private final Room other = gateway();
    private boolean isBehind;

    private Room gateway() {
        Recovery recovery = new Recovery(Duration.ofMinutes(1), false);
        Lines lines = new Lines(REDIS, clock, TestRedis.PATIENCE);
        return TestRooms.room(lines, id, SETTINGS, recovery);
    }

    @BeforeEach
    void bothGatewaysTick() {
        tick();
    }

    @Test
    void nobodyLosesAPlaceThatWasGivenOutAndLost() {
        List<Ticket> before = join(4);
        replicaLagsBehindFromNowOn();
        List<Ticket> lost = join(3);

        anotherServerTakesOver();
        List<Ticket> newcomers = join(2);
        tick();

        assertThat(standing(other, lost.get(1))).isEqualTo(new Standing.Waiting(2));
        assertThat(standing(gateway, lost.get(2))).isInstanceOf(Standing.Waiting.class);
        assertThat(standing(gateway, lost.get(0))).isInstanceOf(Standing.Waiting.class);
        assertThat(line())
                .containsExactly(
                        before.get(2),
                        before.get(3),
                        lost.get(0),
                        lost.get(1),
                        lost.get(2),
                        newcomers.get(0),
                        newcomers.get(1));
    }

    @Test
    void whatIsOverAfterALossOfEverythingStaysOverHoweverLateItIsShown() {
        List<Ticket> people = join(3);
        REDIS.delete(new Keys(id).forScripts().toArray(String[]::new)).block();
        tick();
        assertThat(use(gateway, people.get(0))).isInstanceOf(Standing.Active.class);
        end(people.get(0), EndReason.COMPLETED);

        clock.pass(Duration.ofMinutes(61)); // nobody knows of it any more
        Room restarted = gateway();
        restarted.upkeep().tick().block();

        assertThat(standing(restarted, people.get(0))).isInstanceOf(Standing.Ended.class);
        assertThat(line()).doesNotContain(people.get(0));
    }

    @Test
    void givesOutNoSequenceTwice() {
        replicaLagsBehindFromNowOn();
        List<Ticket> lost = join(30);

        anotherServerTakesOver();
        List<Ticket> newcomers = join(30);

        assertThat(newcomers)
                .allSatisfy(
                        ticket ->
                                assertThat(ticket.sequence())
                                        .isGreaterThan(lost.getLast().sequence()));
    }

    @Test
    void whoeverWasLetInStaysInAlsoOnAGatewayThatDidNotKnow() {
        List<Ticket> people = join(3);
        end(people.get(0), EndReason.LEFT);
        replicaLagsBehindFromNowOn();
        tick();
        assertThat(standing(gateway, people.get(2))).isInstanceOf(Standing.Active.class);

        anotherServerTakesOver();
        tick();

        assertThat(use(gateway, people.get(2))).isInstanceOf(Standing.Active.class);
        assertThat(use(other, people.get(2))).isInstanceOf(Standing.Active.class);
        assertThat(view().active()).isEqualTo(2);
    }

    @Test
    void whoeverWasLetInAtOnceAndLostAltogetherStaysIn() {
        replicaLagsBehindFromNowOn();
        List<Ticket> people = join(2);

        anotherServerTakesOver();
        tick();

        assertThat(people)
                .allSatisfy(
                        ticket ->
                                assertThat(use(other, ticket)).isInstanceOf(Standing.Active.class));
    }

    /** Shown to a gateway that cannot vouch for it, before a tick has dropped it. */
    @Test
    void whoseTurnHasRunOutDoesNotStandInLineAgain() {
        replicaLagsBehindFromNowOn();
        Ticket inside = join(1).getFirst();
        anotherServerTakesOver();
        tick();

        clock.pass(Duration.ofSeconds(59));

        assertThat(standing(other, inside)).isEqualTo(new Standing.Ended(EndReason.EXPIRED));
        assertThat(line()).isEmpty();
    }

    @Test
    void aFirstUseThatWasLostCountsAllTheSame() {
        List<Ticket> inside = join(2);
        clock.pass(Duration.ofSeconds(57));
        tick();
        replicaLagsBehindFromNowOn();
        use(gateway, inside.getFirst());
        gateway.upkeep().flush().block();
        tick();

        clock.pass(Duration.ofSeconds(2));
        anotherServerTakesOver();
        tick();

        assertThat(use(gateway, inside.getFirst())).isInstanceOf(Standing.Active.class);
        assertThat(use(other, inside.getFirst())).isInstanceOf(Standing.Active.class);
    }

    @Test
    void anEndThatWasLostIsToldAgainAndMakesRoomForWhoeverCameInThere() {
        List<Ticket> people = join(3);
        replicaLagsBehindFromNowOn();
        end(people.get(0), EndReason.COMPLETED);
        tick();
        assertThat(standing(other, people.get(2))).isInstanceOf(Standing.Active.class);

        anotherServerTakesOver();
        other.upkeep().tick().block(); // it cannot know of the end
        assertThat(use(other, people.get(2))).isInstanceOf(Standing.Active.class);
        gateway.upkeep().tick().block();
        tick();
        tick();

        assertThat(standing(gateway, people.get(0)))
                .isEqualTo(new Standing.Ended(EndReason.COMPLETED));
        assertThat(TestRedis.standing(redis, people.get(0), Life.ANY).block())
                .isEqualTo(new Standing.Ended(EndReason.COMPLETED));
        assertThat(use(gateway, people.get(2))).isInstanceOf(Standing.Active.class);
        assertThat(view().active()).isEqualTo(2);
    }

    @Test
    void aTicketThatWasTakenBackAndWhoseEndWasLostIsTakenBackAgain() {
        Ticket taken = join(2).getFirst();
        replicaLagsBehindFromNowOn();
        gateway.controls().revoke(taken, new Operator("me", "")).block();

        anotherServerTakesOver();
        tick();
        tick();

        assertThat(TestRedis.standing(redis, taken, Life.ANY).block())
                .isEqualTo(new Standing.Ended(EndReason.REVOKED));
        assertThat(view().active()).isEqualTo(1);
    }

    @Test
    void admitsNobodyUntilEveryGatewayHasHadTheTimeToSayWhoIsIn() {
        List<Ticket> people = join(4);
        replicaLagsBehindFromNowOn();
        end(people.get(0), EndReason.LEFT);
        tick();
        anotherServerTakesOver();
        end(people.get(1), EndReason.LEFT);

        tick();
        assertThat(TestRedis.standing(redis, people.get(3), Life.ANY).block())
                .isInstanceOf(Standing.Waiting.class);

        IntStream.range(0, 4).forEach(_ -> tick());
        assertThat(standing(gateway, people.get(2))).isInstanceOf(Standing.Active.class);
        assertThat(standing(gateway, people.get(3))).isInstanceOf(Standing.Active.class);
    }

    @Test
    void saysNothingOfATicketThatMayHaveBeenLetInElsewhereUntilThen() {
        List<Ticket> people = join(3);
        anotherServerTakesOver();
        tick();

        assertThatThrownBy(() -> use(gateway, people.get(2))).isInstanceOf(LineUnavailable.class);

        IntStream.range(0, 4).forEach(_ -> tick());
        assertThat(use(gateway, people.get(2))).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void anAnswerOutOfAnotherLifeChangesNoVerdict() {
        replicaLagsBehindFromNowOn();
        Ticket inside = join(1).getFirst();
        Life former = view().life();

        anotherServerTakesOver();

        assertThatThrownBy(() -> TestRedis.standing(redis, inside, former).block())
                .isInstanceOf(LineUnavailable.class);
        assertThat(use(gateway, inside)).isInstanceOf(Standing.Active.class);
    }

    @Test
    void countsThoseWhoseAdmissionWasLostAgainstTheMinute() {
        Settings.change(redis, Map.of("per-minute", "2", "capacity", "10")).block();
        tick();
        replicaLagsBehindFromNowOn();
        join(2);

        anotherServerTakesOver();
        tick();
        List<Ticket> newcomers = join(2);
        IntStream.range(0, 10).forEach(_ -> tick());

        assertThat(newcomers)
                .allSatisfy(
                        ticket ->
                                assertThat(standing(gateway, ticket))
                                        .isInstanceOf(Standing.Waiting.class));
    }

    /** Whoever has given it is told to poll again much later than a first sign is due. */
    @Test
    void nobodyLosesThePlaceWhoseFirstSignOfLifeWasLost() {
        join(2);
        Settings.change(redis, Map.of("mode", "HOLD")).block();
        Ticket early = join(1).getFirst();
        replicaLagsBehindFromNowOn();
        assertThat(standing(gateway, early)).isInstanceOf(Standing.Waiting.class);
        gateway.upkeep().flush().block();

        anotherServerTakesOver();
        REDIS.keys("wr:{" + id + "}:seen:*").flatMap(REDIS::delete).blockLast();
        patrolFor(140);

        assertThat(standing(gateway, early)).isInstanceOf(Standing.Waiting.class);
        assertThat(line()).contains(early);
    }

    @Test
    void strangersOfBeforeALossAreGivenUpAllTheSame() {
        join(2);
        Settings.change(redis, Map.of("mode", "HOLD")).block();
        Ticket stranger = join(1).getFirst();

        anotherServerTakesOver();
        patrolFor(160);

        assertThat(line()).doesNotContain(stranger);
    }

    @Test
    void strangersAreGivenUpAlsoByAServerWhoseClockIsBehind() {
        join(2);
        Settings.change(redis, Map.of("mode", "HOLD")).block();
        Ticket stranger = join(1).getFirst();

        clock.pass(Duration.ofHours(-1));
        anotherServerTakesOver();
        tick();
        assertThatThrownBy(() -> use(gateway, stranger)).isInstanceOf(LineUnavailable.class);
        patrolFor(160);

        assertThat(line()).doesNotContain(stranger);
    }

    @Test
    void turnsThatNobodyUsesAreOverInTimeAlsoOnAServerWhoseClockIsBehind() {
        List<Ticket> people = join(2);

        clock.pass(Duration.ofHours(-1));
        anotherServerTakesOver();
        IntStream.range(0, 62).forEach(_ -> tick());

        assertThat(view().active()).isZero();
        assertThat(people)
                .allSatisfy(
                        ticket ->
                                assertThat(standing(gateway, ticket))
                                        .isEqualTo(new Standing.Ended(EndReason.EXPIRED)));
    }

    @Test
    void turnsLastAsLongOnAServerWhoseClockIsAhead(CapturedOutput log) {
        List<Ticket> people = join(2);

        clock.pass(Duration.ofMinutes(2));
        anotherServerTakesOver();
        IntStream.range(0, 55).forEach(_ -> tick());

        assertThat(people)
                .allSatisfy(
                        ticket ->
                                assertThat(standing(other, ticket))
                                        .isInstanceOf(Standing.Active.class));
        assertThat(log).contains(id + ": the clock of Redis was put forward by 12");
        IntStream.range(0, 6).forEach(_ -> tick());
        assertThat(view().active()).isZero();
    }

    @Test
    void noMoreGoInWithinAMinuteBecauseTheClockOfAServerIsAhead() {
        Settings.change(redis, Map.of("per-minute", "3", "capacity", "10")).block();
        join(3);
        tick();

        clock.pass(Duration.ofMinutes(2));
        anotherServerTakesOver();
        IntStream.range(0, 40).forEach(_ -> tick());
        join(6);
        IntStream.range(0, 17).forEach(_ -> tick());
        assertThat(view().totals()).containsEntry("admitted", 3L);

        IntStream.range(0, 6).forEach(_ -> tick());
        assertThat(view().totals()).containsEntry("admitted", 6L);
    }

    private void patrolFor(int seconds) {
        for (int i = 0; i < seconds; i++) {
            tick();
            gateway.upkeep().patrol().block();
        }
    }

    @Test
    void aPageThatIsReloadedAfterALossKeepsItsPlace() {
        join(3);
        replicaLagsBehindFromNowOn();
        Ticket lost = join(1).getFirst();
        anotherServerTakesOver();
        join(1);
        tick();

        Joined again = other.joinAgain(lost, Runnable::run).block();

        assertThat(again)
                .isInstanceOfSatisfying(
                        Joined.Placed.class,
                        placed -> {
                            assertThat(placed.ticket()).isEqualTo(lost);
                            assertThat(placed.standing()).isEqualTo(new Standing.Waiting(1));
                        });
    }

    @Test
    void whatOperatorsHaveSetAndIsLostIsTold(CapturedOutput log) {
        Settings.change(redis, Map.of("capacity", "3")).block();
        replicaLagsBehindFromNowOn();
        Settings.change(redis, Map.of("mode", "CLOSED")).block();
        gateway.controls()
                .ban("203.0.113.0/24", Optional.of(LATE), "robots", new Operator("me", ""))
                .block();
        tick();

        anotherServerTakesOver();
        REDIS.delete(new Keys(id).forScripts().get(15)).block();
        tick();
        tick();

        assertThat(log.getOut().lines().filter(line -> line.contains(id + ": ")))
                .filteredOn(line -> line.contains("lost"))
                .hasSize(2)
                .allMatch(line -> line.endsWith("[mode=CLOSED, ban of 203.0.113.0/24]"));
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private void tick() {
        clock.pass(Duration.ofSeconds(1));
        gateway.upkeep().tick().block();
        other.upkeep().tick().block();
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

    private void end(Ticket ticket, EndReason reason) {
        gateway.end(ticket, reason).block();
    }

    private static Standing standing(Room room, Ticket ticket) {
        return room.standing(ticket).block();
    }

    private static Standing use(Room room, Ticket ticket) {
        return room.use(ticket).block();
    }

    private RoomView view() {
        return TestRedis.viewOf(redis.view(false).block());
    }

    private List<Ticket> line() {
        long epoch = view().epoch();
        return REDIS.opsForZSet()
                .rangeWithScores(keys().get(1), Range.unbounded())
                .map(
                        entry ->
                                new Ticket(
                                        id,
                                        UserId.parse(entry.getValue()).orElseThrow(),
                                        entry.getScore().longValue(),
                                        epoch))
                .collectList()
                .block();
    }

    // ── a loss ──────────────────────────────────────────────────────────────────────────────────

    private void replicaLagsBehindFromNowOn() {
        isBehind = true;
        keys().forEach(key -> REDIS.copy(key, COPY + key, true).block());
    }

    /** Whatever has been written since is gone, and the writer's name is not this server's. */
    private void anotherServerTakesOver() {
        if (!isBehind) {
            replicaLagsBehindFromNowOn();
        }
        keys().forEach(key -> REDIS.delete(key).block());
        keys().forEach(key -> REDIS.copy(COPY + key, key, true).block());
        REDIS.keys("wr:{" + id + "}:ended:*").flatMap(REDIS::delete).blockLast();
        REDIS.opsForHash().put(keys().getFirst(), "server", "one-that-died").block();
    }

    private List<String> keys() {
        return new Keys(id).forScripts().subList(0, 8);
    }
}
