package dev.stagedoor.gateway.ops.signin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/** How long whoever guesses passwords must wait. */
class GuessesTests {

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final Guesses guesses = new Guesses(now::get);

    @Test
    void waitsTwiceAsLongAfterEachWrongGuessUpToAMinute() {
        InetAddress address = address("192.0.2.1");
        guess(address, 4);
        assertThat(guesses.mustWait(address)).isEmpty();

        guess(address, 1);
        assertThat(guesses.mustWait(address)).contains(Duration.ofSeconds(1));
        guess(address, 1);
        assertThat(guesses.mustWait(address)).contains(Duration.ofSeconds(2));
        guess(address, 20);
        assertThat(guesses.mustWait(address)).contains(Duration.ofMinutes(1));

        pass(Duration.ofMinutes(1));
        assertThat(guesses.mustWait(address)).isEmpty();
    }

    @Test
    void doesNotLetOthersWaitForIt() {
        guess(address("192.0.2.1"), 10);

        assertThat(guesses.mustWait(address("192.0.2.2"))).isEmpty();
    }

    @Test
    void takesANetworkOfIpv6AddressesForOne() {
        guess(address("2001:db8::1"), 6);

        assertThat(guesses.mustWait(address("2001:db8::2:3:4"))).isPresent();
        assertThat(guesses.mustWait(address("2001:db8:0:1::1"))).isEmpty();
    }

    @Test
    void letsAllWaitUntilTheMinuteIsOverWhenManyAddressesGuess() {
        for (int i = 0; i < 100; i++) {
            guess(address("198.51.100." + i), 1);
        }

        assertThat(guesses.mustWait(address("192.0.2.9"))).contains(Duration.ofMinutes(1));
        pass(Duration.ofMinutes(1));
        assertThat(guesses.mustWait(address("192.0.2.9"))).isEmpty();
    }

    private void guess(InetAddress address, int times) {
        for (int i = 0; i < times; i++) {
            guesses.wrong(address);
        }
    }

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
