package dev.stagedoor.common.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.operators.Guesses.Guesser;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

/** How long whoever guesses passwords must wait. */
class GuessesTests {

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final Guesses guesses = new Guesses(now::get, 5);

    @Test
    void waitsTwiceAsLongAfterEachWrongGuessUpToAMinute() {
        Guesser address = from("192.0.2.1");
        guess(address, 4);
        assertThat(guesses.mustWait(address)).isEmpty();

        guess(address, 1);
        assertThat(guesses.mustWait(address)).contains(Duration.ofSeconds(1));
        guess(address, 1);
        assertThat(guesses.mustWait(address)).contains(Duration.ofSeconds(2));
        guess(address, Long.SIZE - 1);
        assertThat(guesses.mustWait(address)).contains(Duration.ofMinutes(1));

        pass(Duration.ofMinutes(1));
        assertThat(guesses.mustWait(address)).isEmpty();
    }

    /** Who guesses a little and for ever keeps the others waiting for a while. */
    @Test
    void forgetsAsTimeGoesBy() {
        guess(from("192.0.2.1"), 8);

        for (int i = 0; i < 4; i++) {
            pass(Duration.ofMinutes(14));
            guess(from("192.0.2.1"), 1);
        }

        assertThat(guesses.mustWait(from("192.0.2.1"))).isEmpty();
    }

    @Test
    void nobodySavesUpGuessesByWaiting() {
        Guesser address = from("192.0.2.1");
        guess(address, 1);

        pass(Duration.ofMinutes(14));
        guess(address, 5);

        assertThat(guesses.mustWait(address)).contains(Duration.ofSeconds(1));
    }

    /** What is forgotten is less than what whoever goes on would have guessed meanwhile. */
    @Test
    void looksAtOneGuessAMinuteOfWhoeverGoesOn() {
        Guesser address = from("192.0.2.1");
        guess(address, 5);

        int looked = 0;
        for (int second = 0; second < 3_600; second++) {
            if (guesses.mustWait(address).isEmpty()) {
                guess(address, 1);
                looked++;
            }
            pass(Duration.ofSeconds(1));
        }

        assertThat(looked).isLessThanOrEqualTo(66);
    }

    @Test
    void doesNotLetOthersWaitForIt() {
        guess(from("192.0.2.1"), 10);

        assertThat(guesses.mustWait(from("192.0.2.2"))).isEmpty();
    }

    @Test
    void takesANetworkOfIpv6AddressesForOne() {
        guess(from("2001:db8::1"), 6);

        assertThat(guesses.mustWait(from("2001:db8::2:3:4"))).isPresent();
        assertThat(guesses.mustWait(from("2001:db8:0:1::1"))).isEmpty();
    }

    @Test
    void tellsThoseOfIpv4ApartWhoComeThroughATranslator() {
        guess(from("64:ff9b::192.0.2.1"), 6);

        assertThat(guesses.mustWait(from("192.0.2.1"))).isPresent();
        assertThat(guesses.mustWait(from("64:ff9b::192.0.2.2"))).isEmpty();
    }

    @Test
    void letsOneNameWaitAndNoOtherFromTheSameAddress() {
        guess(guesser("alice", "192.0.2.1"), 20);

        assertThat(guesses.mustWait(guesser("alice", "192.0.2.1"))).isPresent();
        assertThat(guesses.mustWait(guesser("bob", "192.0.2.1"))).isEmpty();
    }

    /** They would all have looked before one of them is counted. */
    @Test
    void letsOfManyWhoGuessAtOnceAsManyPassAsAreFree() throws InterruptedException {
        try (var threads = Executors.newFixedThreadPool(100)) {
            for (int round = 0; round < 100; round++) {
                Guesser guesser = guesser("guest " + round, "192.0.2.1");
                Callable<Boolean> passes = () -> guesses.guess(guesser).isEmpty();

                assertThat(threads.invokeAll(Collections.nCopies(100, passes)))
                        .filteredOn(Future::resultNow)
                        .hasSize(5);
                assertThat(guesses.mustWait(guesser)).contains(Duration.ofSeconds(1));
            }
        }
    }

    @Test
    void forgetsWhatWasWrongWhenItIsRightAndWhatWasNotLookedAt() {
        guess(from("192.0.2.1"), 5);
        guess(from("192.0.2.2"), 6);

        guesses.takeBack(from("192.0.2.1"));
        guesses.right(from("192.0.2.2"));
        guess(from("192.0.2.2"), 4);

        assertThat(guesses.mustWait(from("192.0.2.1"))).isEmpty();
        assertThat(guesses.mustWait(from("192.0.2.2"))).isEmpty();
    }

    /** Or whoever knows one password could guess at others for ever. */
    @Test
    void takesBackOneOfThemAndNoMore() {
        Guesser address = from("192.0.2.1");
        guess(address, 8);

        guesses.takeBack(address);
        guess(address, 1);

        assertThat(guesses.mustWait(address)).contains(Duration.ofSeconds(8));
    }

    private void guess(Guesser guesser, int times) {
        for (int i = 0; i < times; i++) {
            guesses.wrong(guesser);
        }
    }

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    private static Guesser from(String address) {
        return guesser("alice", address);
    }

    private static Guesser guesser(String name, String address) {
        try {
            return Guesser.of(name, InetAddress.getByName(address));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
