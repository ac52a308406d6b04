package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Silence is forgiven when nobody could be heard, whatever the interval of the room, and only then.
 */
class GraceTests {

    private static final Duration IDLE = Duration.ofMinutes(5);

    private static ReactiveStringRedisTemplate redis;

    private final Clock clock = new Clock();
    private final LineStore room = TestRedis.line(TestRedis.room(), redis, clock);

    @BeforeAll
    static void connect() {
        redis = TestRedis.ALONE.template();
    }

    @AfterAll
    static void disconnect() throws Exception {
        ((DisposableBean) redis.getConnectionFactory()).destroy();
    }

    @ParameterizedTest
    @CsvSource({"100ms, 10100", "1s, 11000", "60s, 70000"})
    void aHiccupForgivesNobody(String interval, long gapMillis) {
        Ticket silent = joinAndFallSilent(interval);

        tickAfter(gapMillis);

        assertThat(check(silent)).isEqualTo(new Standing.Ended(EndReason.LAPSED));
    }

    @ParameterizedTest
    @CsvSource({"100ms, 10101", "1s, 11001", "60s, 70001"})
    void tenSecondsWithoutTheTickThatWasDueForgiveEverybody(String interval, long gapMillis) {
        Ticket silent = joinAndFallSilent(interval);

        tickAfter(gapMillis);

        assertThat(check(silent)).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void nobodyIsDroppedForAFirstSignThatNobodyCouldHear() {
        RoomSettings settings = Settings.of("mode", "HOLD", "idle-timeout", IDLE);
        room.seed(settings, Duration.ZERO, Optional.empty()).block();
        tickAfter(1_000);
        Joined joined =
                room.join(TestRedis.comers(List.of(UserId.random())), 0, Clock.NEVER)
                        .block()
                        .getFirst();
        Ticket ticket = ((Joined.Placed) joined).ticket();

        tickAfter(55_000);
        IntStream.range(0, 59).forEach(_ -> tickAfter(1_000));
        Standing meanwhile = check(ticket);
        tickAfter(1_000);

        assertThat(meanwhile).isEqualTo(new Standing.Waiting(0));
        assertThat(check(ticket)).isEqualTo(new Standing.Ended(EndReason.LAPSED));
    }

    /** So long that the next tick finds the ticket to have lapsed, if there is no grace. */
    private Ticket joinAndFallSilent(String interval) {
        RoomSettings settings =
                Settings.of("mode", "HOLD", "interval", interval, "idle-timeout", IDLE);
        room.seed(settings, Duration.ZERO, Optional.empty()).block();
        Joined joined =
                room.join(TestRedis.comers(List.of(UserId.random())), 0, Clock.NEVER)
                        .block()
                        .getFirst();
        long end = clock.millis() + IDLE.toMillis() - 1;
        long step = Math.max(settings.interval().toMillis(), 5_000);
        Ticket ticket = ((Joined.Placed) joined).ticket();
        room.touch(List.of(new Sign(ticket, false)), Life.ANY).block();
        while (clock.millis() + step <= end) {
            tickAfter(step);
        }
        return ticket;
    }

    private void tickAfter(long millis) {
        clock.pass(Duration.ofMillis(millis));
        room.patrol().block();
        room.admit(false).block();
    }

    private Standing check(Ticket ticket) {
        return TestRedis.standing(room, ticket, Life.ANY).block();
    }
}
