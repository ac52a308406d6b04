package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;

/** A server that takes over from another one in a bad moment. */
class TakeoverAfterTakeoverTests extends OneRoom {

    @Test
    void whatTheFirstOneHasLostMayBeShownForHalfAnHourThoughASecondOneTakesOver() {
        make("mode", "HOLD");
        long newest = join(users(1)).getFirst().ticket().sequence();
        Ticket known = new Ticket(id, UserId.random(), newest, view().epoch());
        Ticket lost = new Ticket(id, UserId.random(), newest + 1, view().epoch());
        takeOver();
        clock.pass(Duration.ofMinutes(29));

        takeOver();

        assertThat(view().mayHaveLost(lost)).isTrue();
        assertThat(view().mayHaveLost(known)).isFalse();
        clock.pass(Duration.ofMinutes(31));
        takeOver();
        join(users(1));
        assertThat(view().mayHaveLost(lost)).isFalse();
    }

    /** However much was given out since the file was written. */
    @Test
    void sequencesGoOnBehindAllThatAServerCanHaveGivenOut() {
        make();
        long before = join(users(1)).getFirst().ticket().sequence();
        clock.pass(Duration.ofMinutes(10));

        takeOver();

        long behind = before + Duration.ofMinutes(10).toMillis() * 1_000 - 1;
        assertThat(join(users(1)).getFirst().ticket().sequence()).isGreaterThan(behind);
    }

    @Test
    void aRoomThatRecoversWhenAnotherServerTakesOverGoesOnToDoSo() {
        room.seed(Settings.of(), Duration.ofSeconds(60), Optional.of(formerView())).block();
        Joined.Placed newcomer = join(users(1)).getFirst();

        takeOver();
        IntStream.range(0, 55).forEach(_ -> tickWith(newcomer));
        assertThat(check(newcomer)).isEqualTo(new Standing.Waiting(0));

        IntStream.range(0, 5).forEach(_ -> tickWith(newcomer));
        assertThat(check(newcomer)).isInstanceOf(Standing.Active.class);
    }

    private void tickWith(Joined.Placed placed) {
        touchWaiting(placed);
        tick();
    }

    private RoomView formerView() {
        make();
        RoomView former = view();
        loseEverything();
        return former;
    }
}
