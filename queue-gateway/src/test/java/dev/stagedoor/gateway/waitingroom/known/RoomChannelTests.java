package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

class RoomChannelTests {

    private static final Instant NOW = Instant.parse("2026-01-01T11:00:00Z");

    private final KnownTickets memory = new KnownTickets();
    private final RoomChannel hearing = new RoomChannel(memory);
    private final Ticket ticket = new Ticket(new RoomId("main"), UserId.random(), 7, 1);
    private final Ticket another = new Ticket(new RoomId("main"), UserId.random(), 8, 1);

    @Test
    void isGoodOnlyAfterATickAndNotForLong() {
        assertThat(hearing.isGood(Duration.ofMinutes(1))).isFalse();

        hearing.hear("tick 1.0 0");

        assertThat(hearing.isGood(Duration.ofMinutes(1))).isTrue();
        assertThat(hearing.isGood(Duration.ZERO)).isFalse();
    }

    @Test
    void forgetsTheVerdictOnWhoeverHasEnded() {
        hearing.hear("tick 1.0 5");
        letIn(ticket);
        letIn(another);

        hearing.hear("ended " + ticket.user() + " 7 revoked");
        hearing.hear("tick 1.0 6");

        assertThat(memory.verdict(ticket, NOW)).isEmpty();
        assertThat(memory.departures().reason(ticket)).contains(EndReason.REVOKED);
        assertThat(memory.verdict(another, NOW)).isPresent();
    }

    @Test
    void trustsNoVerdictAnyMoreWhenItHasMissedAnEnd() {
        hearing.hear("tick 1.0 5");
        letIn(ticket);

        hearing.hear("tick 1.0 6"); // the end itself was lost while the connection came back

        assertThat(memory.verdict(ticket, NOW)).isEmpty();
        assertThat(memory.departures().reason(ticket)).as("it may be somebody else's").isEmpty();
    }

    @Test
    void keepsItsVerdictsOverTicksThatAnnounceNothingNew() {
        hearing.hear("tick 1.0 5");
        letIn(ticket);

        hearing.hear("tick 1.0 5");
        hearing.hear("settings");

        assertThat(memory.verdict(ticket, NOW)).isPresent();
    }

    @Test
    void keepsWhatItVouchesForWhenEverythingElseIsLost() {
        hearing.hear("tick 1.0 5");
        letIn(ticket);

        hearing.hear("tick 2.0 0");

        assertThat(memory.verdict(ticket, NOW)).isPresent();
    }

    @Test
    void keepsWhatItVouchesForWhenAnotherServerHasLostTheNewestEnds() {
        hearing.hear("tick 1.0 5");
        letIn(ticket);

        hearing.hear("tick 1.1 4");

        assertThat(memory.verdict(ticket, NOW)).isPresent();
    }

    private void letIn(Ticket inside) {
        memory.remember(inside, new Standing.Active(NOW.plusSeconds(60)));
    }
}
