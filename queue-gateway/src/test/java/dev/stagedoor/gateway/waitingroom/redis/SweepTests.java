package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.domain.Range;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who is gone is cleared out, by as many calls as it takes. */
class SweepTests {

    private static final int GONE = 5_000;

    private static ReactiveStringRedisTemplate redis;

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();
    private final LineStore room = TestRedis.line(id, redis, clock);
    private final String seen = "wr:{" + id + "}:seen";

    @BeforeAll
    static void connect() {
        redis = TestRedis.ALONE.template();
    }

    @AfterAll
    static void disconnect() throws Exception {
        ((DisposableBean) redis.getConnectionFactory()).destroy();
    }

    @Test
    void dropsThoseWhoAreSilent() {
        make("mode", "HOLD", "idle-timeout", "60s");
        see(join(GONE));
        List<Ticket> present = join(10);
        pass(Duration.ofSeconds(59), present);

        assertThat(waitingAfterTicks(2)).containsOnly(10L);
        assertThat(totals()).containsEntry("lapsed", (long) GONE);
        assertThat(standings(present)).hasOnlyElementsOfType(Standing.Waiting.class);
    }

    /** Where a hundred places are empty there is nobody to drop, and more may follow. */
    @Test
    void looksOnBehindPlacesThatAreEmpty() {
        make("mode", "HOLD", "idle-timeout", "60s");
        see(join(GONE));
        redis.opsForZSet()
                .removeRange("wr:{" + id + "}:waiting", Range.closed(0L, GONE - 11L))
                .block();
        for (int second = 0; second < 62; second++) {
            clock.pass(Duration.ofSeconds(1));
            room.admit(false).block();
        }

        room.patrol().block();

        assertThat(view().waiting()).isZero();
    }

    /** They were told to ask again within 22 s. */
    @Test
    void dropsThoseWhoWereNeverSeenAfterTheyJoinedAfterTwoPollIntervals() {
        make("mode", "HOLD", "idle-timeout", "5m");
        List<Ticket> never = join(10);
        List<Ticket> once = join(10);
        pass(Duration.ofSeconds(44), List.of());
        see(once);

        assertThat(waitingAfterTicks(5)).as("one of both polls may get lost").containsOnly(20L);
        assertThat(waitingAfterTicks(250)).containsOnly(10L);
        assertThat(standings(never)).containsOnly(new Standing.Ended(EndReason.LAPSED));
        assertThat(totals()).containsEntry("lapsed", 10L);
    }

    @Test
    void dropsThemHoweverSeldomItTicks() {
        make("mode", "HOLD", "interval", "60s");
        join(15_000);
        List<Ticket> present = join(10);
        clock.pass(Duration.ofSeconds(40));
        see(present);
        clock.pass(Duration.ofSeconds(8));

        assertThat(waitingAfterTicks(2)).containsExactly(15_010L, 10L);
        assertThat(view().active()).isZero();
    }

    /** A tenth of the wave that {@code load-tests/line-in-redis.sh fakes} measures. */
    @Test
    void aMinuteOfJoinsThatNobodyMeansDelaysTheHonestBehindThemByLessThanTwo() {
        make("capacity", 100, "batch", 50);
        Map<Ticket, Long> honest = new HashMap<>();
        List<Long> waits = new ArrayList<>();
        for (int second = 0; second < 180; second++) {
            if (second < 60) {
                join(500);
            }
            if (second < 60 && second % 10 == 9) {
                honest.put(join(1).getFirst(), clock.millis());
            }
            see(List.copyOf(honest.keySet()));
            tick();
            for (Ticket ticket : List.copyOf(honest.keySet())) {
                if (standings(List.of(ticket)).getFirst() instanceof Standing.Active) {
                    waits.add(clock.millis() - honest.remove(ticket));
                }
            }
        }

        assertThat(waits).hasSize(6).allMatch(wait -> wait < 120_000);
    }

    /** A sign was due when the settings of then said so. */
    @Test
    void dropsNobodySoonerBecauseSilenceMayLastLessLongFromNowOn() {
        make("mode", "HOLD", "idle-timeout", "10m");
        List<Ticket> silent = join(1);
        see(silent);
        for (int i = 0; i < 120; i++) {
            tick();
        }
        List<Ticket> fresh = join(1);
        Settings.change(room, Map.of("idle-timeout-ms", "60000")).block();
        tick();

        assertThat(standings(fresh)).containsExactly(new Standing.Waiting(1));
        assertThat(standings(silent)).as("as long as it takes to poll").hasSize(1);
        assertThat(waitingAfterTicks(58)).containsOnly(2L);
        assertThat(waitingAfterTicks(3)).endsWith(0L);
    }

    /** Another gateway, of before, has written down when it was. */
    @Test
    void leavesThoseOfAGatewayOfBeforeAllTheirTime() {
        make("mode", "HOLD", "idle-timeout", "5m");
        Ticket theirs = join(1).getFirst();
        redis.opsForZSet().add(seen, theirs.user().toString(), clock.millis()).block();

        assertThat(waitingAfterTicks(290)).containsOnly(1L);
        assertThat(waitingAfterTicks(11)).endsWith(0L);
    }

    @Test
    void dropsWhoeverIsSilentThoughOthersKeepJoiningBehindThem() {
        make("mode", "HOLD", "idle-timeout", "60s");
        List<Ticket> silent = join(1);
        see(silent);
        for (int second = 0; second < 62; second++) {
            see(join(1));
            tick();
        }

        assertThat(standings(silent)).containsOnly(new Standing.Ended(EndReason.LAPSED));
    }

    /** Several of one hundred are told of at once, some of them late. */
    @Test
    void aSignThatIsToldLateTakesTheTimeOfNoLaterOne() {
        make("mode", "HOLD", "idle-timeout", "60s");
        List<Ticket> line = join(2);
        pass(Duration.ofSeconds(20), line);
        see(line);
        room.touch(
                        List.of(
                                new Sign(line.getFirst(), false, 19),
                                new Sign(line.getLast(), false, 0)),
                        Life.ANY)
                .block();

        assertThat(waitingAfterTicks(50)).containsOnly(2L);
    }

    @Test
    void dropsThosePastTheLongestWait() {
        make("mode", "HOLD", "max-wait", "30s");
        join(GONE);
        clock.pass(Duration.ofSeconds(5));
        List<Ticket> later = join(10);
        pass(Duration.ofSeconds(25), later);

        assertThat(waitingAfterTicks(6)).contains(10L).endsWith(0L);
        assertThat(totals()).containsEntry("lapsed", GONE + 10L);
    }

    @Test
    void givesUpTurnsThatNobodyClaims() {
        make("capacity", GONE, "claim-timeout", "10s");
        join(GONE);
        clock.pass(Duration.ofSeconds(9));

        assertThat(activeAfterTicks(1)).containsExactly(0L);
        assertThat(totals()).containsEntry("expired", (long) GONE);
    }

    @Test
    void endsSessionsThatHaveRunOut() {
        make("capacity", GONE, "claim-timeout", "10s", "session", "20s");
        List<Ticket> inside = join(GONE);
        Flux.fromIterable(inside)
                .map(ticket -> new Sign(ticket, true))
                .buffer(500)
                .concatMap(signs -> room.touch(signs, Life.ANY))
                .blockLast();
        clock.pass(Duration.ofSeconds(18));
        tick();
        assertThat(view().active()).isEqualTo(GONE);

        assertThat(activeAfterTicks(1)).containsExactly(0L);
        assertThat(totals()).containsEntry("expired", (long) GONE);
    }

    /** A turn that is free is not kept for those who are gone, not even for a single tick. */
    @Test
    void passesOverAnyNumberWhoAreSilentToFindTheNextOne() {
        make("mode", "HOLD", "capacity", 1, "idle-timeout", "60s");
        see(join(GONE));
        List<Ticket> present = join(2);
        pass(Duration.ofSeconds(59), present);
        Settings.change(room, Map.of("mode", "AUTO")).block();

        clock.pass(Duration.ofSeconds(1));
        room.admit(false).block();

        assertThat(view().waiting()).isEqualTo(1);
        assertThat(standings(present).getFirst()).isInstanceOf(Standing.Active.class);
        assertThat(standings(present).getLast()).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void letsInTheLargestBatchAlsoPastSomeWhoAreSilent() {
        make("mode", "HOLD", "capacity", GONE, "batch", 1_000, "idle-timeout", "60s");
        see(join(900));
        List<Ticket> present = join(1_200);
        pass(Duration.ofSeconds(59), present);
        Settings.change(room, Map.of("mode", "AUTO")).block();

        tick();

        assertThat(view().active()).isEqualTo(1_000);
        assertThat(view().waiting()).isEqualTo(200);
        assertThatThrownBy(() -> Settings.of("batch", 20_001))
                .rootCause()
                .hasMessageContaining("1 to 20,000");
    }

    @Test
    void letsInNoMoreThanTheLargestBatchOfALineThatHasBeenOpened() {
        make("mode", "HOLD", "batch", 1);
        join(20_300);
        Settings.change(room, Map.of("mode", "OPEN")).block();

        assertThat(activeAfterTicks(2)).containsExactly(20_000L, 20_300L);
    }

    /** The gateway that let them in died, or Redis was slow: no rate is lost, and no rush made. */
    @Test
    void letsInByAndByWhomTheLastTickHadNoTimeFor() {
        make("mode", "HOLD", "capacity", GONE, "batch", 100);
        join(600);
        Settings.change(room, Map.of("mode", "AUTO")).block();
        tick();
        redis.opsForHash().put("wr:{" + id + "}:state", "to-admit", "25").block();

        assertThat(activeAfterTicks(4)).containsExactly(210L, 320L, 425L, 525L);
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private void make(Object... settings) {
        room.seed(Settings.of(settings), Duration.ZERO, Optional.empty()).block();
        room.admit(false).block();
    }

    private List<Ticket> join(int people) {
        return Flux.range(0, people)
                .map(_ -> UserId.random())
                .buffer(500)
                .concatMap(users -> room.join(TestRedis.comers(users), 0, Clock.NEVER))
                .flatMapIterable(joined -> joined)
                .map(joined -> ((Joined.Placed) joined).ticket())
                .collectList()
                .block();
    }

    /** With a tick every second, as it should be, and with signs of those who are there. */
    private void pass(Duration time, List<Ticket> present) {
        for (int i = 0; i < time.toSeconds(); i++) {
            tick();
            if (i % 20 == 0) {
                see(present);
            }
        }
    }

    private void see(List<Ticket> tickets) {
        Flux.fromIterable(tickets)
                .map(ticket -> new Sign(ticket, false))
                .buffer(500)
                .concatMap(signs -> room.touch(signs, Life.ANY))
                .blockLast();
    }

    private void tick() {
        clock.pass(Duration.ofSeconds(1));
        room.patrol().block();
        room.admit(false).block();
    }

    private List<Long> waitingAfterTicks(int ticks) {
        List<Long> waiting = new ArrayList<>();
        for (int i = 0; i < ticks; i++) {
            tick();
            waiting.add(view().waiting());
        }
        return waiting;
    }

    private List<Long> activeAfterTicks(int ticks) {
        List<Long> active = new ArrayList<>();
        for (int i = 0; i < ticks; i++) {
            tick();
            active.add(view().active());
        }
        return active;
    }

    private List<Standing> standings(List<Ticket> tickets) {
        return Flux.fromIterable(tickets)
                .concatMap(ticket -> TestRedis.standing(room, ticket, Life.ANY))
                .collectList()
                .block();
    }

    private Map<String, Long> totals() {
        return view().totals();
    }

    private RoomView view() {
        return TestRedis.viewOf(room.view(false).block());
    }
}
