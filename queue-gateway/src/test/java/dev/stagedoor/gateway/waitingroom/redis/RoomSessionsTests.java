package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Comer;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.junit.jupiter.api.Test;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How long somebody may be inside. */
class RoomSessionsTests extends OneRoom {

    @Test
    void givesUpTurnsThatNobodyClaims() {
        make("capacity", 1, "claim-timeout", "10s", "mode", "HOLD");
        List<Joined.Placed> line = join(users(2));
        change("mode", "AUTO");
        tick();
        clock.pass(Duration.ofSeconds(9));
        tick();

        assertThat(check(line.get(0))).isEqualTo(new Standing.Ended(EndReason.EXPIRED));
        assertThat(check(line.get(1))).isInstanceOf(Standing.Active.class);
    }

    @Test
    void whatHasRunOutIsGivenUpHoweverSeldomItTicks() {
        make("capacity", 1, "claim-timeout", "10s", "interval", "60s");
        join(users(1));
        tick();

        IntStream.range(0, 10).forEach(_ -> tick());

        assertThat(view().active()).isZero();
    }

    @Test
    void makesASessionFullLengthAtItsFirstUseAndSlidesItWithEveryOther() {
        make("capacity", 1, "claim-timeout", "10s", "session", "60s");
        Joined.Placed guest = join(users(1)).getFirst();

        assertThat(touchActive(guest)).isEqualTo(clock.millis() + 60_000);
        clock.pass(Duration.ofSeconds(30));
        assertThat(touchActive(guest)).isEqualTo(clock.millis() + 60_000);
        clock.pass(Duration.ofSeconds(61));
        assertThat(touchActive(guest)).isEqualTo(-1);
    }

    @Test
    void doesNotSlideASessionWhereTheRoomSaysSo() {
        make("capacity", 1, "claim-timeout", "10s", "session", "60s", "session-sliding", false);
        Joined.Placed guest = join(users(1)).getFirst();
        long end = touchActive(guest);
        clock.pass(Duration.ofSeconds(30));

        assertThat(touchActive(guest)).isEqualTo(end);
    }

    /** Nobody knows whether it was used. */
    @Test
    void aTurnThatIsRestoredBecomesASessionAtItsFirstUseThoughNoneSlides() {
        Object[] settings = {
            "capacity", 2, "claim-timeout", "10s", "session", "60s", "session-sliding", false
        };
        make(settings);
        Ticket turn = join(users(1)).getFirst().ticket();
        Ticket longer = join(users(1)).getFirst().ticket();
        loseEverything();
        make(settings);
        room.restore(List.of(insideFor(10, turn), insideFor(40, longer)), Life.ANY).block();

        List<Sign> uses = List.of(new Sign(turn, true), new Sign(longer, true));

        assertThat(room.touch(uses, Life.ANY).block())
                .containsExactly(clock.millis() + 60_000, clock.millis() + 40_000);
    }

    private Restorable insideFor(int seconds, Ticket ticket) {
        Instant until = Instant.ofEpochMilli(clock.millis()).plusSeconds(seconds);
        return new Restorable(ticket, Optional.of(until));
    }

    @Test
    void restoresNoMoreSessionsThanThereIsRoomFor() {
        make("capacity", 1, "mode", "HOLD");
        List<Joined.Placed> people = join(users(2));

        room.restore(
                        people.stream().map(placed -> insideFor(40, placed.ticket())).toList(),
                        Life.ANY)
                .block();

        assertThat(view().active()).isEqualTo(1);
        assertThat(view().waiting()).isEqualTo(1);
    }

    @Test
    void restoresNobodyOfWhoseEndItKnows() {
        make("capacity", 1);
        Joined.Placed inside = join(users(1)).getFirst();
        Joined.Placed waits = join(users(1)).getFirst();
        room.end(inside.ticket(), EndReason.COMPLETED).block();
        room.end(waits.ticket(), EndReason.LEFT).block();

        room.restore(List.of(insideFor(40, inside.ticket()), waited(waits)), Life.ANY).block();

        assertThat(view().active()).isZero();
        assertThat(view().waiting()).isZero();
    }

    @Test
    void restoresNobodyByAnotherTicketThanTheOneThatHolds() {
        make("capacity", 1);
        Ticket inside = join(users(1)).getFirst().ticket();
        Ticket waits = join(users(1)).getFirst().ticket();
        Ticket earlier = new Ticket(id, inside.user(), inside.sequence() - 1, inside.epoch());
        Ticket later = new Ticket(id, waits.user(), waits.sequence() + 5, waits.epoch());

        List<Optional<Standing>> found =
                room.restore(
                                List.of(
                                        insideFor(40, earlier),
                                        new Restorable(later, Optional.empty())),
                                Life.ANY)
                        .block();

        assertThat(found).allMatch(it -> it.orElseThrow() instanceof Standing.Ended);
        assertThat(TestRedis.standing(room, inside, Life.ANY).block())
                .isInstanceOf(Standing.Active.class);
        assertThat(TestRedis.standing(room, waits, Life.ANY).block())
                .isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void doesNothingForAnotherTicketThanTheOneThatHolds() {
        make("capacity", 1);
        Ticket inside = join(users(1)).getFirst().ticket();
        Ticket waits = join(users(1)).getFirst().ticket();
        Ticket earlier = new Ticket(id, inside.user(), inside.sequence() - 1, inside.epoch());
        Ticket later = new Ticket(id, waits.user(), waits.sequence() + 5, waits.epoch());
        Standing before = TestRedis.standing(room, inside, Life.ANY).block();
        Standing over = new Standing.Ended(EndReason.LAPSED);

        assertThat(room.check(List.of(earlier, later), Life.ANY).block())
                .containsExactly(over, over);
        List<Sign> signs = List.of(new Sign(earlier, true), new Sign(later, false));
        assertThat(room.touch(signs, Life.ANY).block()).containsExactly(-1L, -1L);
        assertThat(room.extend(earlier, Duration.ofHours(1), Life.ANY).block()).isEqualTo(over);
        room.end(later, EndReason.LEFT).block();

        assertThat(room.check(List.of(inside, waits), Life.ANY).block())
                .containsExactly(before, new Standing.Waiting(0));
    }

    @Test
    void endsASessionThatIsUsedForEverAtLast() {
        make("capacity", 1, "session", "5m", "max-session", "30m");
        Ticket ticket = join(users(1)).getFirst().ticket();
        Sign use = new Sign(ticket, true);
        for (int minutes = 0; minutes < 29; minutes++) {
            assertThat(room.touch(List.of(use), Life.ANY).block().getFirst()).isPositive();
            clock.pass(Duration.ofMinutes(1));
        }

        Instant last = Instant.ofEpochMilli(clock.millis()).plus(Duration.ofMinutes(1));
        assertThat(room.touch(List.of(use), Life.ANY).block()).containsExactly(last.toEpochMilli());
        assertThat(room.extend(ticket, Duration.ofMinutes(10), Life.ANY).block())
                .isEqualTo(new Standing.Active(last));
        clock.pass(Duration.ofMinutes(1));
        assertThat(room.touch(List.of(use), Life.ANY).block()).containsExactly(-1L);
    }

    @Test
    void aTurnLastsNoLongerThanTheLongestVisit() {
        make("capacity", 1, "claim-timeout", "60s", "session", "60s", "max-session", "30s");

        Joined.Placed guest = join(users(1)).getFirst();

        Standing half = new Standing.Active(Instant.ofEpochMilli(clock.millis() + 30_000));
        assertThat(guest.standing()).isEqualTo(half);
        assertThat(check(guest)).isEqualTo(half);
    }

    /** But why each is over, for an hour: else Redis would be full of people one day. */
    @Test
    void leavesNothingInRedisOfWhoeverHasGone() {
        make("capacity", 2);
        List<Joined.Placed> people = join(users(4));
        touchActive(people.getFirst());
        touchWaiting(people.getLast());

        people.forEach(each -> room.end(each.ticket(), EndReason.LEFT).block());

        for (String what : List.of("waiting", "active", "passes", "unclaimed", "turns")) {
            assertThat(redis().hasKey(key(what)).block()).as(what).isFalse();
        }
        long block = people.getLast().ticket().sequence() / 100;
        assertThat(redis().hasKey(key("seen:" + block)).block()).as("signs of life").isFalse();
        for (Joined.Placed each : people) {
            assertThat(redis().getExpire(key("ended:" + each.ticket().user())).block())
                    .isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
        }
    }

    @Test
    void remembersTheAdmissionsOfAMinuteAndTheArrivalsOfSixHours() {
        make("capacity", 100);
        Set<TypedTuple<String>> arrivals =
                IntStream.rangeClosed(1, 21_700)
                        .mapToObj(i -> TypedTuple.of(Integer.toString(i), (double) i))
                        .collect(Collectors.toSet());
        redis().opsForZSet().addAll(key("arrivals"), arrivals).block();
        for (int second = 0; second < 70; second++) {
            join(users(1));
            tick();
        }

        assertThat(redis().opsForHash().size(key("rate")).block()).isBetween(60L, 62L);
        assertThat(redis().opsForZSet().size(key("arrivals")).block()).isEqualTo(21_600);
        assertThat(redis().opsForZSet().size(key("marks")).block()).isLessThanOrEqualTo(2);
    }

    private String key(String name) {
        return "wr:{" + id + "}:" + name;
    }

    @Test
    void aHundredWhoComeBackEveryFourMinutesHoldTheSaleForHalfAnHourAtMost() {
        make("capacity", 100, "session", "5m", "max-session", "30m");
        List<Joined.Placed> hoarders = join(users(100));
        List<Sign> uses = hoarders.stream().map(it -> new Sign(it.ticket(), true)).toList();
        Joined.Placed honest = join(users(1)).getFirst();
        for (int tens = 0; tens < 180; tens++) {
            if (tens % 24 == 0) {
                room.touch(uses, Life.ANY).block();
            }
            touchWaiting(honest);
            assertThat(check(honest)).isEqualTo(new Standing.Waiting(0));
            clock.pass(Duration.ofSeconds(9));
            tick();
        }

        assertThat(standings(hoarders, Standing.Active.class)).isZero();
        assertThat(check(honest)).isInstanceOf(Standing.Active.class);
    }

    @Test
    void aSessionWithoutALongestOneLastsAsLongAsItIsUsed() {
        make("capacity", 1, "session", "5m", "max-session", "0s");
        Ticket ticket = join(users(1)).getFirst().ticket();
        for (int minutes = 0; minutes < 100; minutes++) {
            clock.pass(Duration.ofSeconds(59));
            assertThat(room.touch(List.of(new Sign(ticket, true)), Life.ANY).block().getFirst())
                    .isPositive();
        }
    }

    @Test
    void extendsASessionButNeverShortensIt() {
        make("capacity", 1, "claim-timeout", "60s", "session", "60s");
        Joined.Placed guest = join(users(1)).getFirst();

        Standing longer = room.extend(guest.ticket(), Duration.ofMinutes(10), Life.ANY).block();
        Standing same = room.extend(guest.ticket(), Duration.ofSeconds(1), Life.ANY).block();

        assertThat(longer)
                .isEqualTo(new Standing.Active(Instant.ofEpochMilli(clock.millis() + 600_000)));
        assertThat(same).isEqualTo(longer);
        assertThat(touchActive(guest)).as("by a use").isEqualTo(clock.millis() + 600_000);
        room.restore(List.of(insideFor(5, guest.ticket())), Life.ANY).block();
        assertThat(check(guest)).as("by a gateway that knows less").isEqualTo(longer);
    }

    /** Also as long as no tick has dropped it. */
    @Test
    void doesNotExtendASessionThatHasRunOut() {
        make("capacity", 1, "claim-timeout", "60s");
        Joined.Placed guest = join(users(1)).getFirst();
        clock.pass(Duration.ofSeconds(60));

        room.extend(guest.ticket(), Duration.ofMinutes(10), Life.ANY).block();

        assertThat(check(guest)).isEqualTo(new Standing.Ended(EndReason.EXPIRED));
    }

    /** Whoever stands at or before the cursor may be inside: it is not told by views alone. */
    @Test
    void theCursorStaysWhereItIsWhenThoseInFrontComeLater() {
        make("capacity", 3, "mode", "HOLD");
        Joined.Placed first = join(users(1)).getFirst();
        change("mode", "OPEN");
        long passing = join(users(1)).getFirst().ticket().sequence();
        change("mode", "AUTO");

        tick();

        assertThat(check(first)).isInstanceOf(Standing.Active.class);
        assertThat(view().line().cursor()).isEqualTo(passing);
    }

    @Test
    void theCursorStandsAtTheLastOneWhoIsRestoredInWhateverOrder() {
        make("capacity", 3);
        List<Joined.Placed> inside = join(users(2));
        loseEverything();
        make("capacity", 3);

        room.restore(
                        inside.reversed().stream().map(it -> insideFor(40, it.ticket())).toList(),
                        Life.ANY)
                .block();

        assertThat(view().line().cursor()).isEqualTo(inside.getLast().ticket().sequence());
    }

    /** Whoever shows nothing else, be the session over before a tick has dropped it. */
    @Test
    void aTicketGivesThePlaceThatItNamesOrNone() {
        make("capacity", 1, "claim-timeout", "60s");
        Ticket first = join(users(1)).getFirst().ticket();
        clock.pass(Duration.ofSeconds(60));

        assertThat(joinAgain(first)).isEqualTo(new Joined.Over());
        Ticket second = join(List.of(first.user())).getFirst().ticket();
        assertThat(joinAgain(first)).isEqualTo(new Joined.Over());
        assertThat(joinAgain(second))
                .isInstanceOfSatisfying(
                        Joined.Placed.class,
                        placed -> assertThat(placed.ticket()).isEqualTo(second));
    }

    private Joined joinAgain(Ticket ticket) {
        return room.join(List.of(new Comer(ticket.user(), ticket)), 0, Clock.NEVER)
                .block()
                .getFirst();
    }

    @Test
    void anEarlierTicketTakesTheReasonOfALaterOneFromNobody() {
        make("capacity", 1);
        Ticket first = join(users(1)).getFirst().ticket();
        room.end(first, EndReason.LEFT).block();
        Joined.Placed second = join(List.of(first.user())).getFirst();
        room.end(second.ticket(), EndReason.COMPLETED).block();

        assertThat(room.end(first, EndReason.LEFT).block()).isFalse();

        assertThat(check(second)).isEqualTo(new Standing.Ended(EndReason.COMPLETED));
        assertThat(TestRedis.standing(room, first, Life.ANY).block()).isNotEqualTo(check(second));
    }

    /** Their signs of life do not count for those who stay behind. */
    @Test
    void whoWasNeverSeenIsDroppedThoughSomebodySeenWentInFromBesideThem() {
        make("capacity", 1, "mode", "HOLD", "idle-timeout", "5m");
        List<Joined.Placed> line = join(users(2));
        touchWaiting(line.getFirst());
        change("mode", "AUTO");
        tick();
        assertThat(check(line.getFirst())).isInstanceOf(Standing.Active.class);
        change("mode", "HOLD");

        IntStream.range(0, 55).forEach(_ -> tick());

        assertThat(check(line.getLast())).isEqualTo(new Standing.Ended(EndReason.LAPSED));
    }
}
