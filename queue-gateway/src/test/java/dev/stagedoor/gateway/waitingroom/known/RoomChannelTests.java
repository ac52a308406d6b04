package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;

class RoomChannelTests {

    private static final Instant NOW = Instant.parse("2026-01-01T11:00:00Z");

    private static final RoomId ROOM = new RoomId("main");

    private final KnownTickets known = new KnownTickets(ROOM, new Memory(), () -> true);
    private final Ticket ticket = new Ticket(ROOM, UserId.random(), 7, 1);
    private final Ticket another = new Ticket(ROOM, UserId.random(), 8, 1);

    @Test
    void isGoodOnlyAfterATickAndNotForLong() {
        assertThat(known.hearsEnds(Duration.ofMinutes(1))).isFalse();

        known.hear("tick 1.0 0");

        assertThat(known.hearsEnds(Duration.ofMinutes(1))).isTrue();
        assertThat(known.hearsEnds(Duration.ZERO)).isFalse();
    }

    @Test
    void isNotGoodWhereRedisDoesNotAnswer() {
        KnownTickets cutOff = new KnownTickets(ROOM, new Memory(), () -> false);

        cutOff.hear("tick 1.0 0");

        assertThat(cutOff.hearsEnds(Duration.ofMinutes(1))).isFalse();
    }

    /** By their next sign of life whoever is over learns of it. */
    @ParameterizedTest
    @ValueSource(strings = {"cleared", "tick 1.0 6"})
    void tellsOfAllAtOnceWhoseEndMayHaveBeenMissed(String heard) {
        known.signs().goesBy(NOW, Duration.ofMinutes(1));
        known.hear("tick 1.0 5");
        known.signs().ofWaiting(ticket);
        known.signs().take();
        known.signs().ofWaiting(ticket);

        known.hear("tick 1.0 5");
        assertThat(known.signs().take()).isEmpty();
        known.hear(heard);
        assertThat(known.signs().take()).hasSize(1);
    }

    @Test
    void forgetsTheVerdictOnWhoeverHasEnded() {
        known.hear("tick 1.0 5");
        letIn(ticket);
        letIn(another);

        known.hear("ended " + ticket.user() + " 7 revoked");
        known.hear("tick 1.0 6");

        assertThat(known.inside(ticket, NOW)).isNull();
        assertThat(known.end(ticket)).isEqualTo(EndReason.REVOKED);
        assertThat(known.inside(another, NOW)).isNotNull();
    }

    @Test
    void trustsNoVerdictAnyMoreWhenItHasMissedAnEnd() {
        known.hear("tick 1.0 5");
        letIn(ticket);

        known.hear("tick 1.0 6"); // the end itself was lost while the connection came back

        assertThat(known.inside(ticket, NOW)).isNull();
        assertThat(known.end(ticket)).as("it may be somebody else's").isNull();
    }

    @Test
    void keepsItsVerdictsOverTicksThatAnnounceNothingNew() {
        known.hear("tick 1.0 5");
        letIn(ticket);

        known.hear("tick 1.0 5");
        known.hear("something else");

        assertThat(known.inside(ticket, NOW)).isNotNull();
    }

    @Test
    void keepsWhatItVouchesForWhenEverythingElseIsLost() {
        known.hear("tick 1.0 5");
        letIn(ticket);

        known.hear("tick 2.0 0");

        assertThat(known.inside(ticket, NOW)).isNotNull();
    }

    @Test
    void keepsWhatItVouchesForWhenAnotherServerHasLostTheNewestEnds() {
        known.hear("tick 1.0 5");
        letIn(ticket);

        known.hear("tick 1.1 4");

        assertThat(known.inside(ticket, NOW)).isNotNull();
    }

    private void letIn(Ticket inside) {
        known.remember(inside, new Standing.Active(NOW.plusSeconds(60)));
    }
}
