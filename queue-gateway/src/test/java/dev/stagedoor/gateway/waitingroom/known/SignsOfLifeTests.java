package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.junit.jupiter.api.Test;

import java.util.List;

class SignsOfLifeTests {

    private static final RoomId ROOM = new RoomId("main");
    private static final int MOST = 100_000;

    private final SignsOfLife signs = new SignsOfLife();

    @Test
    void forgetWhatIsNewRatherThanGrowWhileRedisDoesNotListen() {
        polls(MOST + 500);
        List<Sign> untold = signs.take();
        signs.putBack(untold);
        polls(500);

        assertThat(untold).hasSize(MOST);
        assertThat(signs.take()).hasSameSizeAs(untold);
    }

    @Test
    void keepTheNewestOfEverybody() {
        Ticket ticket = new Ticket(ROOM, UserId.random(), 1, 1);
        signs.waiting(ticket);
        List<Sign> untold = signs.take();
        signs.active(ticket);

        signs.putBack(untold);

        assertThat(signs.take()).containsExactly(new Sign(ticket, true));
    }

    private void polls(int people) {
        for (int sequence = 1; sequence <= people; sequence++) {
            signs.waiting(new Ticket(ROOM, UserId.random(), sequence, 1));
        }
    }
}
