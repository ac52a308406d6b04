package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What lasts until some time, when the clock of Redis is put back. */
class RoomClockTests extends OneRoom {

    @Test
    void goesOnWhenTheClockGoesBack() {
        make("capacity", 1, "mode", "HOLD");
        List<Joined.Placed> line = join(users(1));
        change("mode", "AUTO");
        Settings.change(room, Map.of("mode", "HOLD")).block();
        tick();
        clock.pass(Duration.ofHours(-1));
        change("mode", "AUTO");
        tick();

        assertThat(check(line.getFirst())).isInstanceOf(Standing.Active.class);
        assertThat(room.forOperators().history().block().getLast().at())
                .isEqualTo(Instant.ofEpochMilli(clock.millis()));
    }

    @Test
    void whenSomebodyHasJoinedIsToldThoughTheClockHasGoneBack() {
        make("mode", "HOLD");
        join(users(1));
        tick();
        clock.pass(Duration.ofHours(-1));
        tick();
        clock.pass(Duration.ofSeconds(30));

        Joined.Placed comer = join(users(1)).getFirst();

        assertThat(explain(comer).joined()).isEqualTo(Instant.ofEpochMilli(clock.millis()));
    }

    @Test
    void aTickThatIsLateLetsInAtOnce() {
        make("mode", "HOLD");
        Joined.Placed first = join(users(1)).getFirst();
        tick();
        change("mode", "AUTO");
        clock.pass(Duration.ofSeconds(30));

        tick();

        assertThat(check(first)).isInstanceOf(Standing.Active.class);
    }

    @Test
    void aTurnThatNobodyUsesIsOverInTimeThoughTheClockGoesBack() {
        make("capacity", 1, "claim-timeout", "60s");
        Joined.Placed inside = join(users(1)).getFirst();
        tick();
        clock.pass(Duration.ofHours(-1));
        tick();
        assertThat(check(inside)).isInstanceOf(Standing.Active.class);

        clock.pass(Duration.ofSeconds(60));
        tick();

        assertThat(check(inside)).isEqualTo(new Standing.Ended(EndReason.EXPIRED));
        assertThat(view().active()).isZero();
    }

    @Test
    void aSessionThatIsUsedForEverEndsInTimeThoughTheClockGoesBack() {
        make("capacity", 1, "session", "5m", "max-session", "30m");
        Joined.Placed inside = join(users(1)).getFirst();
        tick();
        clock.pass(Duration.ofHours(-1));
        tick();
        for (int minutes = 0; minutes < 30; minutes++) {
            assertThat(touchActive(inside)).isPositive();
            clock.pass(Duration.ofSeconds(59));
            tick();
        }

        assertThat(touchActive(inside)).isEqualTo(-1);
    }

    /** Put in by hand: when the turn began is not written anywhere. */
    @Test
    void whoWasPutInByHandTakesNobodysSignWithThemWhenTheClockHasGoneBack() {
        make("capacity", 2, "session", "5m", "max-session", "30m");
        List<Joined.Placed> inside = join(users(2));
        Ticket byHand = inside.getFirst().ticket();
        redis().opsForHash().remove(turns(), byHand.user().toString()).block();
        tick();
        clock.pass(Duration.ofHours(-1));
        tick();

        List<Sign> both = inside.stream().map(placed -> new Sign(placed.ticket(), true)).toList();

        assertThat(room.touch(both, Life.ANY).block()).allMatch(end -> end > 0);
    }

    private String turns() {
        return new Keys(id)
                .forScripts().stream()
                        .filter(key -> key.endsWith(":turns"))
                        .findFirst()
                        .orElseThrow();
    }

    /** As long as signs of life may be lost with another server, nobody counts as silent. */
    @Test
    void whoHasNeverBeenSeenAfterATakeoverIsDroppedInTimeThoughTheClockGoesBack() {
        make("mode", "HOLD", "idle-timeout", "5m");
        takeOver();
        Joined.Placed stranger = join(users(1)).getFirst();
        tick();
        clock.pass(Duration.ofHours(-1));

        IntStream.range(0, 200).forEach(_ -> tick());

        assertThat(check(stranger)).isEqualTo(new Standing.Ended(EndReason.LAPSED));
    }

    @Test
    void ticketsMayBeLostForHalfAnHourThoughTheServerThatTakesOverIsLate() {
        make("mode", "HOLD");
        tick();
        clock.pass(Duration.ofHours(-1));

        takeOver();

        assertThat(view().loss().tickets()).isNotEqualTo(RoomView.Lost.NOTHING);
        tick();
        assertThat(view().loss().tickets()).isNotEqualTo(RoomView.Lost.NOTHING);
        clock.pass(Duration.ofMinutes(31));
        assertThat(view().loss().tickets()).isEqualTo(RoomView.Lost.NOTHING);
    }

    /** When they came is lost with the newest part of an old file. */
    @Test
    void whoeverComesBackAfterATakeoverHasNotWaitedForTooLong() {
        make("mode", "HOLD", "max-wait", "30m");
        Joined.Placed before = join(users(1)).getFirst();
        Ticket known = before.ticket();
        Ticket lost = new Ticket(id, UserId.random(), known.sequence() + 1, known.epoch());
        clock.pass(Duration.ofMinutes(40));
        takeOver();
        room.restore(List.of(new Restorable(lost, Optional.empty())), Life.ANY).block();

        for (int i = 0; i < 75; i++) {
            join(users(1));
            room.touch(List.of(new Sign(lost, false)), Life.ANY).block();
            tick();
        }

        assertThat(check(before)).isEqualTo(new Standing.Ended(EndReason.LAPSED));
        assertThat(TestRedis.standing(room, lost, Life.ANY).block())
                .isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void isLongNoLongerShortOfMemoryThoughTheClockGoesBack() {
        make("capacity", 1);
        Joined.Placed waiting = join(users(2)).getLast();
        write("full-at", clock.get());
        clock.pass(Duration.ofHours(-1));

        room.end(waiting.ticket(), EndReason.LEFT).block();

        assertThat(check(waiting)).isEqualTo(new Standing.Ended(EndReason.LEFT));
    }

    @Test
    void whoComesInBeforeAnyTickHasSeenThatTheClockWentBackIsNotPutOutByIt() {
        make("capacity", 5);
        clock.pass(Duration.ofHours(3));
        tick();
        clock.pass(Duration.ofHours(-1));

        Joined.Placed comer = join(users(1)).getFirst();
        tick();

        assertThat(check(comer)).isInstanceOf(Standing.Active.class);
    }

    @Test
    void letsInNoMoreInAMinuteThoughTheClockGoesBack() {
        make("capacity", 100, "batch", 10, "per-minute", 15, "mode", "HOLD");
        join(users(40)).forEach(this::touchWaiting);
        change("mode", "AUTO");
        tick();
        tick();
        clock.pass(Duration.ofHours(-1));

        IntStream.range(0, 58).forEach(_ -> tick());
        assertThat(view().totals()).containsEntry("admitted", 15L);

        IntStream.range(0, 5).forEach(_ -> tick());
        assertThat(view().totals()).containsEntry("admitted", 30L);
    }

    @Test
    void letsInNoMoreInAMinuteThoughTheClockIsPutForward() {
        make("capacity", 100, "batch", 10, "per-minute", 15);
        List<Joined.Placed> line = join(users(40));
        tick();

        clock.pass(Duration.ofHours(1));
        tick();
        line.forEach(this::touchWaiting);
        IntStream.range(0, 58).forEach(_ -> tick());
        assertThat(view().totals()).containsEntry("admitted", 15L);

        IntStream.range(0, 5).forEach(_ -> tick());
        assertThat(view().totals()).containsEntry("admitted", 30L);
    }

    @Test
    void nobodyGoesInBeforeATickHasSeenThatTheClockWasPutForward() {
        make("capacity", 100, "per-minute", 15);
        join(users(15));
        tick();

        clock.pass(Duration.ofHours(1));
        join(users(5));
        assertThat(view().totals()).containsEntry("admitted", 15L);
        tick();
        assertThat(view().totals()).containsEntry("admitted", 15L);
    }

    @Test
    void whoFallsSilentIsDroppedInTimeThoughTheClockGoesBack() {
        make("mode", "HOLD", "idle-timeout", "60s");
        List<Joined.Placed> line = join(users(2));
        tick();
        line.forEach(this::touchWaiting);
        tick();
        clock.pass(Duration.ofHours(-1));

        for (int i = 0; i < 130; i++) {
            touchWaiting(line.getLast());
            tick();
        }

        assertThat(check(line.getFirst())).isEqualTo(new Standing.Ended(EndReason.LAPSED));
        assertThat(check(line.getLast())).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void silenceIsForgivenForAMinuteThoughTheClockGoesBack() {
        make("mode", "HOLD", "idle-timeout", "60s");
        Joined.Placed silent = join(users(1)).getFirst();
        tick();
        clock.pass(Duration.ofMinutes(20)); // nobody could be heard
        tick();
        clock.pass(Duration.ofHours(-1));

        IntStream.range(0, 58).forEach(_ -> tick());
        assertThat(check(silent)).isEqualTo(new Standing.Waiting(0));

        IntStream.range(0, 5).forEach(_ -> tick());
        assertThat(check(silent)).isEqualTo(new Standing.Ended(EndReason.LAPSED));
    }

    /** Meanwhile nobody behind the roll is told that the ticket is over. */
    @Test
    void gatewaysRestoreWhatAnotherServerHasLostForAMomentThoughTheClockGoesBack() {
        make();
        tick();
        takeOver();
        assertThat(view().restoring()).isTrue();
        clock.pass(Duration.ofHours(-1));

        IntStream.range(0, 4).forEach(_ -> tick());

        assertThat(view().restoring()).isFalse();
    }
}
