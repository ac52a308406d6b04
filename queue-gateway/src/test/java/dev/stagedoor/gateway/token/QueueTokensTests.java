package dev.stagedoor.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How long a token is good, on a clock that is moved. */
class QueueTokensTests {

    private static final SigningKey KEY = SigningKey.random("one");

    /** What tokens count in; a token lasts until the end of the month after its own. */
    private static final Duration MONTH = Duration.ofDays(30);

    private static final Instant FIRST_OF_A_MONTH = Instant.EPOCH.plus(MONTH.multipliedBy(700));
    private static final Instant END = FIRST_OF_A_MONTH.plus(MONTH.multipliedBy(2));

    private static final Ticket TICKET =
            new Ticket(new RoomId("main"), UserId.random(), 1_765_000_000_000_042L, 3);

    private Instant now = FIRST_OF_A_MONTH.plus(Duration.ofDays(3));
    private final QueueTokens tokens = tokens(KEY);

    @Test
    void readsWhatItWrote() {
        assertThat(tokens.verify(tokens.sign(TICKET))).contains(TICKET);
    }

    @Test
    void tellsRoomsApartHoweverManyThereAre() {
        for (int i = 0; i < 200; i++) {
            Ticket ticket = new Ticket(new RoomId("room-" + i), TICKET.user(), i, 3);

            assertThat(tokens.verify(tokens.sign(ticket))).contains(ticket);
        }
    }

    @Test
    void believesNoForgeryWithTheHashOfATokenThatItKnows() {
        String token = tokens.sign(TICKET);
        for (int i = 0; i < 3; i++) {
            assertThat(tokens.verify(token)).contains(TICKET);
        }

        String forged = token.replace(".ey", ".fZ");

        assertThat(forged).isNotEqualTo(token).hasSameHashCodeAs(token);
        assertThat(tokens.verify(forged)).isEmpty();
    }

    /** Tokens outlive versions: the same ticket must stay the same token. */
    @Test
    void writesWhatItHasAlwaysWritten() {
        now = Instant.EPOCH.plus(MONTH.multipliedBy(687)).plus(Duration.ofDays(3));
        SigningKey key = new SigningKey("one", new byte[32]);
        UserId user = new UserId(new UUID(0x0123456789abcdefL, 0x8edcba9876543210L));
        Ticket ticket = new Ticket(new RoomId("main"), user, 1_765_000_000_000_042L, 3);

        assertThat(tokens(key).sign(ticket))
                .isEqualTo(
                        "eyJraWQiOiJvbmUiLCJ0eXAiOiJzdGFnZWRvb3ItcXVldWUrand0IiwiYWxnIjoiSFMyNTYifQ"
                            + ".eyJzdWIiOiJBU05GWjRtcnplLU8zTHFZZGxReUVBIiwiZXBvY2giOjMsImV4cCI6MTc4"
                            + "NTg4ODAwMCwiaWF0IjoxNzgwNzA0MDAwLCJyb29tIjoibWFpbiIsInNlcSI6MTc2NTAw"
                            + "MDAwMDAwMDA0Mn0.b1F334uN9CWXrta0MuFkGjWrNAYyVqWRuMI1M1gOtfM");
    }

    @Test
    void forgivesHalfAMinuteAfterTheEndAndNoMoreThoughItKnowsTheToken() {
        String token = tokens.sign(TICKET);
        now = END.minusSeconds(60);
        assertThat(tokens.verify(token)).contains(TICKET);
        assertThat(tokens.verify(token)).contains(TICKET);

        now = END.plusSeconds(29);
        assertThat(tokens.verify(token)).contains(TICKET);

        now = END.plusSeconds(31);
        assertThat(tokens.verify(token)).isEmpty();
    }

    @Test
    void judgesTheEndOfATokenThatItHasNeverSeenInTheSameWay() {
        String token = tokens.sign(TICKET);

        now = END.plusSeconds(29);
        assertThat(tokens(KEY).verify(token)).contains(TICKET);

        now = END.plusSeconds(31);
        assertThat(tokens(KEY).verify(token)).isEmpty();
    }

    /** Its tokens are of the next month for the last hour of this one. */
    @Test
    void believesAGatewayWhoseClockIsAnHourAhead() {
        now = FIRST_OF_A_MONTH;
        String token = tokens.sign(TICKET);

        now = FIRST_OF_A_MONTH.minus(Duration.ofHours(1));

        assertThat(tokens(KEY).verify(token)).contains(TICKET);
        assertThat(tokens(KEY).signAgain(TICKET, Optional.of(token))).isEqualTo(token);
        now = FIRST_OF_A_MONTH.minus(Duration.ofHours(25));
        assertThat(tokens(KEY).verify(token)).as("nobody's clock is so wrong").isEmpty();
    }

    @Test
    void verifiesTokensOfEitherKeyWhileBothAreListed() {
        SigningKey next = SigningKey.random("two");
        String old = tokens(KEY).sign(TICKET);
        String young = tokens(next, KEY).sign(TICKET);

        assertThat(tokens(next, KEY).verify(old)).contains(TICKET);
        assertThat(tokens(next, KEY).verify(young)).contains(TICKET);
        assertThat(tokens(KEY).verify(young)).isEmpty();
        assertThat(tokens(next).verify(old)).isEmpty();
    }

    @Test
    void leavesATokenThatIsShownAsItIsWhateverHasChangedSince() {
        SigningKey next = SigningKey.random("two");
        Ticket inAnotherLife =
                new Ticket(TICKET.room(), TICKET.user(), TICKET.sequence(), TICKET.epoch() + 1);
        String shown = tokens.sign(TICKET);
        now = FIRST_OF_A_MONTH.plus(MONTH).plusSeconds(1);

        assertThat(tokens.sign(TICKET)).as("another month").isNotEqualTo(shown);
        assertThat(tokens.signAgain(TICKET, Optional.of(shown))).isEqualTo(shown);
        assertThat(tokens.signAgain(inAnotherLife, Optional.of(shown))).isEqualTo(shown);
        assertThat(tokens(next, KEY).signAgain(TICKET, Optional.of(shown))).isEqualTo(shown);
    }

    @Test
    void replacesATokenThatIsShownWhenItIsNoGood() {
        Ticket later =
                new Ticket(TICKET.room(), TICKET.user(), TICKET.sequence() + 1, TICKET.epoch());
        Ticket elsewhere =
                new Ticket(new RoomId("other"), TICKET.user(), TICKET.sequence(), TICKET.epoch());
        Ticket foreign =
                new Ticket(TICKET.room(), UserId.random(), TICKET.sequence(), TICKET.epoch());
        String shown = tokens.sign(TICKET);

        for (Ticket other : List.of(later, elsewhere, foreign)) {
            assertThat(tokens.signAgain(other, Optional.of(shown))).isEqualTo(tokens.sign(other));
        }
        assertThat(tokens.signAgain(TICKET, Optional.of("forged"))).isEqualTo(tokens.sign(TICKET));
        assertThat(tokens.signAgain(TICKET, Optional.empty())).isEqualTo(tokens.sign(TICKET));
        now = END.minus(Duration.ofDays(7));
        assertThat(tokens.signAgain(TICKET, Optional.of(shown)))
                .as("soon over")
                .isEqualTo(tokens.sign(TICKET))
                .isNotEqualTo(shown);
    }

    private QueueTokens tokens(SigningKey... keys) {
        return new QueueTokens(List.of(keys), clock());
    }

    private InstantSource clock() {
        return () -> now;
    }
}
