package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class KnownTicketsTests {

    private static final RoomId ROOM = new RoomId("main");
    private static final Instant NOW = Instant.parse("2026-01-01T11:00:00Z");
    private static final Standing INSIDE = new Standing.Active(NOW.plus(Duration.ofHours(1)));

    private final KnownTickets known = new KnownTickets(ROOM, new Memory(), () -> true);
    private final Ticket ticket = someTicket();

    @Test
    void letsNobodyInWhoIsKnownToBeOver() {
        known.ended(ticket.user(), ticket.sequence(), EndReason.COMPLETED);

        known.remember(ticket, INSIDE); // an answer that was on its way
        known.learn(
                List.of(new Sign(ticket, true)),
                List.of(NOW.plusSeconds(60).toEpochMilli()),
                false);

        assertThat(known.inside(ticket, NOW)).isNull();
    }

    @Test
    void whoWentInSinceTheLastSignOfWaitingIsInside() {
        known.remember(ticket, INSIDE);

        known.learn(List.of(new Sign(ticket, false, 10)), List.of(-1L), false);

        assertThat(known.inside(ticket, NOW)).isNotNull();
        assertThat(known.end(ticket)).isNull();
        known.learn(List.of(new Sign(ticket, true)), List.of(-1L), false);
        assertThat(known.inside(ticket, NOW)).isNull();
    }

    @Test
    void whoIsFoundInTheLineIsInsideNoMore() {
        known.remember(ticket, INSIDE);

        known.remember(ticket, new Standing.Waiting(3));

        assertThat(known.inside(ticket, NOW)).isNull();
    }

    @Test
    void anEarlierTicketOfWhoeverIsInsideLetsNobodyIn() {
        known.remember(ticket, INSIDE);

        Ticket earlier = new Ticket(ROOM, ticket.user(), ticket.sequence() - 1, 1);

        assertThat(known.inside(earlier, NOW)).isNull();
    }

    @Test
    void whoIsGoneFromRedisWhileItIsRestoredIsInsideAllTheSame() {
        known.remember(ticket, INSIDE);

        known.learn(List.of(new Sign(ticket, true)), List.of(-1L), true);

        assertThat(known.inside(ticket, NOW)).isNotNull();
    }

    /** Else Redis would be asked for them each time. */
    @Test
    void forgetsThatSomebodyWasGoneWhoIsFoundAgain() {
        Memory memory = new Memory();
        KnownTickets own = new KnownTickets(ROOM, memory, () -> true);
        for (Standing found : List.of(new Standing.Waiting(3), INSIDE)) {
            own.gone(ticket);

            own.remember(ticket, found);

            assertThat(memory.ends.asMap()).isEmpty();
        }
    }

    /** Whoever joins and never asks is gone soon. */
    @Test
    void takesNoJoinForASignOfLifeButThatOfWhoeverWaitsAlready() {
        known.remember(new Joined.Placed(ticket, new Standing.Waiting(0), true));
        assertThat(known.signs().take()).isEmpty();

        known.remember(new Joined.Placed(ticket, new Standing.Waiting(0), false));
        assertThat(known.signs().take()).containsExactly(new Sign(ticket, false));
    }

    @Test
    void keepsTheFirstReasonAndTellsRedisThatOne() {
        assertThat(known.endHere(ticket, EndReason.COMPLETED)).isEqualTo(EndReason.COMPLETED);

        assertThat(known.endHere(ticket, EndReason.LEFT)).isEqualTo(EndReason.COMPLETED);

        assertThat(known.end(ticket)).isEqualTo(EndReason.COMPLETED);
        assertThat(known.untoldEnds()).containsExactly(Map.entry(ticket, EndReason.COMPLETED));
    }

    @Test
    void losesNothingForRoomsInWhichNothingHappens() {
        known.sharesMemoryAmong(100);
        List<Ticket> people = people(2 * Memory.most(1_000_000, 16) / 100);

        people.forEach(known.signs()::ofWaiting);
        assertThat(known.signs().take()).hasSameSizeAs(people);
        people.forEach(each -> known.remember(each, INSIDE));
        assertThat(known.allInside()).hasSameSizeAs(people);
        people.forEach(each -> known.endHere(each, EndReason.LEFT));
        assertThat(people.stream().filter(each -> known.end(each) == null)).isEmpty();
        assertThat(known.untoldEnds()).hasSameSizeAs(people);
        people.forEach(each -> known.told(each, EndReason.LEFT));
        assertThat(known.untoldEnds()).isEmpty();
        known.forgetWhatWasToldLately();
        assertThat(known.untoldEnds()).hasSameSizeAs(people);
    }

    @Test
    void keepsNoMoreEndsOfAllRoomsThanThereIsRoomForAndTakesNoneOfTheOthersForTold() {
        Memory memory = new Memory(0, 0, 100);
        KnownTickets one = new KnownTickets(ROOM, memory, () -> true);
        KnownTickets other = new KnownTickets(new RoomId("other"), memory, () -> true);
        people(60).forEach(each -> one.endHere(each, EndReason.LEFT));
        List<Ticket> people = people(60);

        people.forEach(each -> other.endHere(each, EndReason.LEFT));

        assertThat(other.untoldEnds()).hasSize(40);
        assertThat(people).noneMatch(other::isToldOver);
        one.untoldEnds().forEach(end -> one.told(end.getKey(), end.getValue()));
        people.forEach(each -> other.endHere(each, EndReason.LEFT));
        assertThat(other.untoldEnds()).hasSize(60);
    }

    @Test
    void tellsAgainAfterALossWhatWasToldOfThisRoomOnly() {
        Memory memory = new Memory();
        KnownTickets one = new KnownTickets(ROOM, memory, () -> true);
        KnownTickets other = new KnownTickets(new RoomId("other"), memory, () -> true);
        one.told(ticket, EndReason.LEFT);

        other.forgetWhatWasToldLately();
        one.forgetWhatWasToldLately();

        assertThat(other.untoldEnds()).isEmpty();
        assertThat(one.untoldEnds()).containsExactly(Map.entry(ticket, EndReason.LEFT));
    }

    @Test
    void tellsAgainAfterALossWhoWasHeardOf() {
        known.signs().goesBy(NOW, Duration.ofMinutes(1));
        known.signs().ofWaiting(ticket);
        known.signs().take();
        known.signs().ofWaiting(ticket);

        known.forgetWhatWasToldLately();

        assertThat(known.signs().take()).hasSize(1);
    }

    @Test
    void remembersNoMoreOfThoseInsideAllRoomsThanThereIsRoomFor() {
        Memory memory = new Memory(100, 0, 100);
        KnownTickets one = new KnownTickets(ROOM, memory, () -> true);
        KnownTickets other = new KnownTickets(new RoomId("other"), memory, () -> true);
        List<Ticket> people = people(60);
        people.forEach(each -> one.remember(each, INSIDE));
        people.forEach(each -> one.remember(each, INSIDE));

        people(60).forEach(each -> other.remember(each, INSIDE));

        assertThat(other.allInside()).hasSize(40);
        people.subList(0, 30).forEach(each -> one.ended(each.user(), 7, EndReason.LEFT));
        people(60).forEach(each -> other.remember(each, INSIDE));
        assertThat(other.allInside()).hasSize(70);
        one.hear("tick 1.1 5"); // some ends were missed
        people(60).forEach(each -> other.remember(each, INSIDE));
        assertThat(other.allInside()).hasSize(100);
    }

    @Test
    void takesNobodyForThoseWhoseVisitToAnotherRoomIsOver() {
        Memory memory = new Memory();
        KnownTickets one = new KnownTickets(ROOM, memory, () -> true);
        KnownTickets other = new KnownTickets(new RoomId("other"), memory, () -> true);

        one.ended(ticket.user(), ticket.sequence(), EndReason.LEFT);

        assertThat(one.end(ticket)).isEqualTo(EndReason.LEFT);
        assertThat(other.end(ticket)).isNull();
    }

    @Test
    void knowsWhoWaitsAlsoWhenThereIsOneRoomMore() {
        known.remember(ticket, new Standing.Waiting(0));
        known.sharesMemoryAmong(2);

        assertThat(known.heard().behind(0, Long.MAX_VALUE)).hasSize(1);
    }

    @Test
    void knowsOfWhoeverRedisHasHeardThatTheyWait() {
        known.learn(List.of(new Sign(ticket, false)), List.of(0L), false);

        assertThat(known.heard().behind(0, Long.MAX_VALUE)).hasSize(1);
    }

    @Test
    void forgetsAVerdictAlsoWhenItComesTogetherWithTheEnd() throws Exception {
        List<Ticket> people = IntStream.range(0, 10_000).mapToObj(_ -> someTicket()).toList();
        CyclicBarrier start = new CyclicBarrier(2);
        Thread redis =
                Thread.ofPlatform()
                        .start(() -> together(start, people, each -> known.remember(each, INSIDE)));

        together(
                start,
                people,
                each -> known.ended(each.user(), each.sequence(), EndReason.REVOKED));
        redis.join();

        assertThat(people).allMatch(each -> known.inside(each, NOW) == null);
    }

    @Test
    void forgetsNewSignsOfLifeRatherThanGrowWhileRedisDoesNotListen() {
        Signs signs = new KnownTickets(ROOM, new Memory(0, 1_000, 0), () -> true).signs();
        people(1_500).forEach(signs::ofWaiting);
        List<Sign> untold = signs.take();
        people(500).forEach(signs::ofWaiting);
        signs.keep(untold);
        people(500).forEach(signs::ofInside);

        assertThat(untold).hasSize(1_000);
        assertThat(signs.take()).hasSameSizeAs(untold);
    }

    @Test
    void keepsTheNewestSignOfEverybody() {
        known.signs().ofWaiting(ticket);
        List<Sign> untold = known.signs().take();
        known.signs().ofInside(ticket);

        known.signs().keep(untold);

        assertThat(known.signs().take()).containsExactly(new Sign(ticket, true));
    }

    private static List<Ticket> people(long number) {
        return Stream.generate(KnownTicketsTests::someTicket).limit(number).toList();
    }

    private static void together(CyclicBarrier start, List<Ticket> people, Consumer<Ticket> act) {
        try {
            start.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        people.forEach(act);
    }

    private static Ticket someTicket() {
        return new Ticket(ROOM, UserId.random(), 7, 1);
    }
}
