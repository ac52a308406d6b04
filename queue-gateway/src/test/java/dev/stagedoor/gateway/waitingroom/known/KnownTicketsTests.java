package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

class KnownTicketsTests {

    private static final Instant NOW = Instant.parse("2026-01-01T11:00:00Z");
    private static final Standing INSIDE = new Standing.Active(NOW.plus(Duration.ofHours(1)));

    private final KnownTickets memory = new KnownTickets();
    private final Ticket ticket = someTicket();

    @Test
    void letsNobodyInWhoIsKnownToBeOver() {
        memory.depart(ticket.user(), ticket.sequence(), EndReason.COMPLETED);

        memory.remember(ticket, INSIDE); // an answer that was on its way
        memory.learn(
                List.of(new LineStore.Sign(ticket, true)),
                List.of(NOW.plusSeconds(60).toEpochMilli()),
                false);

        assertThat(memory.verdict(ticket, NOW)).isEmpty();
    }

    @Test
    void keepsTheFirstReasonAndTellsRedisThatOne() {
        assertThat(memory.endHere(ticket, EndReason.COMPLETED)).isEqualTo(EndReason.COMPLETED);

        assertThat(memory.endHere(ticket, EndReason.LEFT)).isEqualTo(EndReason.COMPLETED);

        assertThat(memory.departures().reason(ticket)).contains(EndReason.COMPLETED);
        assertThat(memory.departures().untold())
                .containsExactly(Map.entry(ticket, EndReason.COMPLETED));
    }

    @Test
    void forgetsAVerdictAlsoWhenItComesTogetherWithTheEnd() throws Exception {
        List<Ticket> people = IntStream.range(0, 10_000).mapToObj(_ -> someTicket()).toList();
        CyclicBarrier start = new CyclicBarrier(2);
        Thread redis =
                Thread.ofPlatform()
                        .start(
                                () ->
                                        together(
                                                start,
                                                people,
                                                each -> memory.remember(each, INSIDE)));

        together(
                start,
                people,
                each -> memory.depart(each.user(), each.sequence(), EndReason.REVOKED));
        redis.join();

        assertThat(people).allMatch(each -> memory.verdict(each, NOW).isEmpty());
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
        return new Ticket(new RoomId("main"), UserId.random(), 7, 1);
    }
}
