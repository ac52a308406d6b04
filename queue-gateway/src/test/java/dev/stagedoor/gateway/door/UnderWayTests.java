package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.door.ExpressLane.UnderWay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicInteger;

/** For whom a gateway that stops waits, and that those who come meanwhile are none of them. */
class UnderWayTests {

    private final UnderWay underWay = new UnderWay();
    private final AtomicInteger gone = new AtomicInteger();

    @BeforeEach
    void start() {
        underWay.start();
    }

    @Test
    void nobodyBeginsOnceItStopsThoughOthersAreUnderWay() {
        assertThat(underWay.begins()).isTrue();
        underWay.stop(gone::incrementAndGet);

        assertThat(underWay.begins()).isFalse();
        assertThat(gone).hasValue(0);

        underWay.hasEnded();
        assertThat(gone).hasValue(1);
        assertThat(underWay.begins()).isFalse();
    }

    @Test
    void waitsForNobodyWhereNobodyIsAndBeginsAgain() {
        underWay.stop(gone::incrementAndGet);
        underWay.start();

        assertThat(gone).hasValue(1);
        assertThat(underWay.begins()).isTrue();
    }
}
