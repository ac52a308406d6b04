package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class RehearsedRedisTests {

    private final RoomId room = new RoomId("rehearsal");
    private final LineStore line = Lines.rehearsed(room, Duration.ofMinutes(1)).line(room);

    @Test
    void tellsHowLongTheLineIsAndThatNobodyIsBanned() {
        RoomView view = line.admit(true).block().view(null, RoomSettings.DEFAULTS);

        assertThat(view.bans().areNone()).isTrue();
        assertThat(view.ahead(50_000)).isEqualTo(50_000 - RehearsedRedis.INSIDE - 1);
    }

    @Test
    void announcesTicks() {
        assertThat(line.events().blockFirst()).startsWith("tick ");
    }
}
