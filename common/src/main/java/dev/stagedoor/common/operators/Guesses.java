package dev.stagedoor.common.operators;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Slows down whoever tries passwords: after five wrong ones for a name from an address it must
 * wait, twice as long after each, up to a minute. Nobody is kept waiting on a connection: they are
 * told when to come back.
 */
final class Guesses {

    private static final int FREE = 5;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);
    private static final int MOST_GUESSERS = 10_000;
    private static final int IPV6_NETWORK_BYTES = 8;

    private final InstantSource clock;
    private final Cache<Guesser, Wrong> soFar =
            Caffeine.newBuilder()
                    .maximumSize(MOST_GUESSERS)
                    .expireAfterWrite(FORGOTTEN_AFTER)
                    .build();

    Guesses(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * @param name whose password is guessed
     * @param network where from: whoever has one IPv6 address has a network of them
     */
    record Guesser(String name, String network) {
        static Guesser of(String name, InetAddress address) {
            byte[] bytes = address.getAddress();
            boolean isNetwork = address instanceof Inet6Address;
            return new Guesser(
                    name,
                    HexFormat.of()
                            .formatHex(
                                    isNetwork ? Arrays.copyOf(bytes, IPV6_NETWORK_BYTES) : bytes));
        }
    }

    /**
     * @param count wrong guesses so far
     * @param until the next one is not looked at before
     */
    private record Wrong(int count, Instant until) {}

    /** How long before the next guess is even looked at. */
    Optional<Duration> mustWait(Guesser guesser) {
        Wrong wrong = soFar.getIfPresent(guesser);
        Instant now = clock.instant();
        return wrong != null && wrong.until().isAfter(now)
                ? Optional.of(Duration.between(now, wrong.until()))
                : Optional.empty();
    }

    void wrong(Guesser guesser) {
        Instant now = clock.instant();
        soFar.asMap().merge(guesser, new Wrong(1, now), (so, one) -> next(so, now));
    }

    private static Wrong next(Wrong soFar, Instant now) {
        int count = soFar.count() + 1;
        return new Wrong(count, now.plus(waitAfter(count)));
    }

    private static Duration waitAfter(int wrong) {
        if (wrong < FREE) {
            return Duration.ZERO;
        }
        Duration doubled = Duration.ofSeconds(1L << Math.min(wrong - FREE, 10));
        return doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
    }
}
