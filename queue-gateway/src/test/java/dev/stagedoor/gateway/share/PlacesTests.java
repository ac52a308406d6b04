package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/** So many places and not one more, on a clock that is moved. */
class PlacesTests {

    private static final int MOST = 100;

    private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    private final AtomicLong now = new AtomicLong(-7);
    private final Places places = new Places(MOST, now::get);

    @Test
    void givesSoManyAndNotOneMore() {
        assertThat(take(2 * MOST)).hasSize(MOST);
    }

    @Test
    void whoeverKeepsPollingGetsNoMoreHoweverLongItTakes() {
        List<Long> held = take(MOST);

        for (int minute = 0; minute < 60; minute++) {
            now.addAndGet(Duration.ofMinutes(1).toNanos());
            if (minute % 5 == 4) {
                held.forEach(places::shows);
            }
            assertThat(take(1)).as("after %d min", minute).isEmpty();
        }
    }

    @Test
    void whatIsNotShownAnyMoreIsGivenBackAfterTwoWindows() {
        take(MOST);

        now.addAndGet(Places.WINDOW.toNanos());
        assertThat(take(1)).isEmpty();

        now.addAndGet(Places.WINDOW.toNanos());
        assertThat(take(2 * MOST)).hasSize(MOST);
    }

    @Test
    void whatStaysIsCountedAndWhatGoesIsNot() {
        List<Long> held = take(MOST);
        now.addAndGet(Places.WINDOW.toNanos());
        held.subList(0, 30).forEach(places::shows);
        now.addAndGet(Places.WINDOW.toNanos());

        assertThat(take(MOST)).hasSize(70);
    }

    @Test
    void whatIsShownAgainInTheNextWindowIsCountedOnce() {
        List<Long> held = take(MOST - 1);

        now.addAndGet(Places.WINDOW.toNanos());
        held.forEach(places::shows);

        assertThat(take(2)).hasSize(1);
    }

    @Test
    void isHeldForAWindowMoreAndNoLonger() {
        long early = take(1).getFirst();
        now.addAndGet(2 * Places.WINDOW.toNanos());
        assertThat(places.holds(early)).isFalse();

        long late = take(1).getFirst();
        now.addAndGet(Places.WINDOW.toNanos());
        assertThat(places.holds(late)).isTrue();
    }

    @Test
    void whatIsShownBeyondThemIsNotHeld() {
        long ticket = ticket();
        take(MOST);

        places.shows(ticket);

        assertThat(places.holds(ticket)).isFalse();
    }

    @Test
    void theSamePlaceIsCountedOnceHoweverOftenItIsShown() {
        long ticket = ticket();
        for (int i = 0; i < 10 * MOST; i++) {
            places.shows(ticket);
        }

        assertThat(take(MOST)).hasSize(MOST - 1);
        assertThat(places.holds(ticket)).isTrue();
    }

    @Test
    void remembersNoMoreThanMayBeHeldWhoeverShowsThem() {
        for (int i = 0; i < 1_000_000; i++) {
            places.shows(ticket());
        }

        assertThat(places.bytes()).isLessThan(8 * 4 * MOST);
        assertThat(take(1)).isEmpty();
    }

    @Test
    void thoseWhoAreAskingAreCountedUntilTheyHaveAsked() {
        take(MOST - 1);
        assertThat(places.asks()).isTrue();
        assertThat(places.asks()).isFalse();
        places.hasAsked();
        places.hasAsked();

        assertThat(places.asks()).isTrue();
    }

    @RepeatedTest(20)
    void givesNotOneMoreToManyAtOnce() throws InterruptedException {
        AtomicInteger taken = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();

        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> taken.addAndGet(take(50).size())));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(taken).hasValue(MOST);
    }

    private List<Long> take(int asked) {
        List<Long> taken = new ArrayList<>();
        for (int i = 0; i < asked; i++) {
            if (places.asks()) {
                long ticket = ticket();
                places.shows(ticket);
                taken.add(ticket);
            }
            places.hasAsked();
        }
        return taken;
    }

    private synchronized long ticket() {
        return random.nextLong() | 1L << 63;
    }
}
