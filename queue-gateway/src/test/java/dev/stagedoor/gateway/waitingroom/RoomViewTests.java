package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.RoomView.Ladder;
import dev.stagedoor.gateway.waitingroom.RoomView.Seen;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

class RoomViewTests {

    private static final Instant NOW = Instant.parse("2026-01-01T11:00:00Z");

    /** Up to 10 have gone in, 11 to 13 wait, and 14 has left. */
    private static final RoomView.Line LINE =
            new RoomView.Line(
                    10,
                    14,
                    3,
                    Optional.of(NOW),
                    new Ladder(new long[] {11, 12, 13}, new long[0], new long[0]),
                    RoomView.Before.UNKNOWN);

    private static final RoomView.Line NOBODY =
            new RoomView.Line(10, 14, 0, Optional.empty(), Ladder.EMPTY, RoomView.Before.UNKNOWN);

    @ParameterizedTest
    @CsvSource({
        "10, UNCERTAIN",
        "11, IN_LINE",
        "14, UNCERTAIN",
        "15, BEHIND_ALL",
    })
    void tellsWhereItCan(long sequence, Seen seen) {
        assertThat(view("AUTO", LINE, 0, false).seen(sequence)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource({
        "AUTO, 0, UNCERTAIN",
        "AUTO, 100, BEHIND_ALL",
        "OPEN, 100, UNCERTAIN",
    })
    void whoeverCameLaterMayHaveFoundRoomWhereNobodyWaits(String mode, long active, Seen seen) {
        assertThat(view(mode, NOBODY, active, false).seen(15)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource({
        "AUTO, false,",
        "AUTO, true, RECOVERING",
        "HOLD, true, HOLD",
        "CLOSED, false, CLOSED",
    })
    void saysWhyNobodyGoesIn(String mode, boolean recovering, Place.Notice notice) {
        assertThat(view(mode, LINE, 0, recovering).notice()).isEqualTo(Optional.ofNullable(notice));
    }

    /** They may all have come since. */
    @Test
    void theBudgetIsKeptForThoseToWhomTheViewIsBehind() {
        Ticket ticket = new Ticket(new RoomId("main"), UserId.random(), 14, NOW.toEpochMilli());

        Place place = view("AUTO", LINE, 0, false).placeOf(ticket, 99_999, 1_000);

        assertThat(place.pollAfter()).isBetween(Duration.ofSeconds(120), Duration.ofSeconds(150));
    }

    @Test
    void nobodyIsToldOfFewerThanStandInFront() {
        Ticket ticket = new Ticket(new RoomId("main"), UserId.random(), 14, NOW.toEpochMilli());

        Place place = view("AUTO", LINE, 0, false).placeOf(ticket, 7, 1_000);

        assertThat(place.position()).isEqualTo(8);
        assertThat(place.waiting()).isEqualTo(8);
        assertThat(place.estimateSeconds()).contains(8L);
        assertThat(place.pollAfter()).isBetween(Duration.ofMillis(900), Duration.ofMillis(1_100));
    }

    /** A young room is measured by what it has lived: that is unknown then. */
    @Test
    void tellsNobodyOfAShortWaitBecauseTheClockWasPutBack() {
        RoomView view = view(NOW.plusSeconds(3_600), "AUTO", LINE, 0, false);

        assertThat(view.estimatedWait(59)).contains(Duration.ofSeconds(60));
    }

    /** A minute old; sixty went in meanwhile. */
    private static RoomView view(String mode, RoomView.Line line, long active, boolean recovering) {
        return view(NOW.minusSeconds(60), mode, line, active, recovering);
    }

    private static RoomView view(
            Instant epoch, String mode, RoomView.Line line, long active, boolean recovering) {
        Map<String, String> fields = new HashMap<>(RoomSettings.DEFAULTS.toFields());
        fields.putAll(Map.of("mode", mode, "capacity", "100"));
        return new RoomView(
                RoomSettings.of(fields),
                fields,
                Optional.empty(),
                new Life(epoch.toEpochMilli(), 0),
                RoomView.Moment.of(NOW, NOW, false),
                new RoomView.Loss(recovering, false, RoomView.Lost.NOTHING),
                line,
                active,
                60,
                false,
                Bans.NONE,
                Map.of());
    }
}
