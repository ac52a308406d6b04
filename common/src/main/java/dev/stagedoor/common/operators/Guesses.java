package dev.stagedoor.common.operators;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.IpAddress;

import org.jspecify.annotations.Nullable;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Slows down whoever tries passwords: after some wrong ones for a name from an address it must
 * wait, twice as long after each, up to a minute. Nobody is kept waiting on a connection: they are
 * told when to come back. As time goes by one after the other is forgotten, more slowly than
 * whoever goes on may guess.
 */
public final class Guesses {

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Duration ONE_FORGOTTEN_IN = LONGEST_WAIT.multipliedBy(2);
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);
    private static final int MOST_GUESSERS = 10_000;
    private static final int IPV6_NETWORK_BYTES = 8;

    private final InstantSource clock;
    private final int free;
    private final Cache<Guesser, Wrong> soFar =
            Caffeine.newBuilder()
                    .maximumSize(MOST_GUESSERS)
                    .expireAfterWrite(FORGOTTEN_AFTER)
                    .build();

    /**
     * @param clock one that is not put back, or whoever was wrong once must wait as much longer
     * @param free wrong ones before anybody has to wait
     */
    public Guesses(InstantSource clock, int free) {
        this.clock = clock;
        this.free = free;
    }

    /** Goes on whatever becomes of the machine's own. */
    public static InstantSource steadyClock() {
        long began = System.nanoTime();
        return () -> Instant.EPOCH.plusNanos(System.nanoTime() - began);
    }

    /**
     * @param name whose password is guessed
     * @param network where from: whoever has one IPv6 address has a network of them
     */
    public record Guesser(String name, String network) {

        /** All who guess at it together. */
        public static Guesser anywhere(String name) {
            return new Guesser(name, "");
        }

        public static Guesser of(String name, InetAddress address) {
            InetAddress own = IpAddress.untranslated(address);
            byte[] bytes = own.getAddress();
            boolean isNetwork = own instanceof Inet6Address;
            return new Guesser(
                    name,
                    HexFormat.of()
                            .formatHex(
                                    isNetwork ? Arrays.copyOf(bytes, IPV6_NETWORK_BYTES) : bytes));
        }
    }

    /**
     * @param forgotten when the last of them is, unless there are more
     * @param until the next one is not looked at before
     */
    private record Wrong(Instant forgotten, Instant until) {}

    /** How long before the next guess is even looked at. */
    public Optional<Duration> mustWait(Guesser guesser) {
        return left(soFar.getIfPresent(guesser), clock.instant());
    }

    /**
     * The same of a guess that is to be looked at: unless it must wait, it is counted as a wrong
     * one in the same step, or of many at once all would be looked at.
     */
    public Optional<Duration> guess(Guesser guesser) {
        Instant now = clock.instant();
        AtomicReference<Optional<Duration>> left = new AtomicReference<>(Optional.empty());
        soFar.asMap()
                .compute(
                        guesser,
                        (_, so) -> {
                            left.set(left(so, now));
                            return left.get().isPresent() ? so : next(so, now);
                        });
        return left.get();
    }

    public void wrong(Guesser guesser) {
        Instant now = clock.instant();
        soFar.asMap().compute(guesser, (_, so) -> next(so, now));
    }

    /** It was not looked at after all. */
    public void takeBack(Guesser guesser) {
        Instant now = clock.instant();
        soFar.asMap()
                .computeIfPresent(
                        guesser,
                        (_, so) -> {
                            Instant forgotten = so.forgotten().minus(ONE_FORGOTTEN_IN);
                            return forgotten.isAfter(now) ? new Wrong(forgotten, now) : null;
                        });
    }

    /** What was wrong before does not count any more. */
    public void right(Guesser guesser) {
        soFar.invalidate(guesser);
    }

    private static Optional<Duration> left(@Nullable Wrong wrong, Instant now) {
        return wrong != null && wrong.until().isAfter(now)
                ? Optional.of(Duration.between(now, wrong.until()))
                : Optional.empty();
    }

    private Wrong next(@Nullable Wrong soFar, Instant now) {
        boolean isFirst = soFar == null || soFar.forgotten().isBefore(now);
        Instant later = (isFirst ? now : soFar.forgotten()).plus(ONE_FORGOTTEN_IN);
        long count = Duration.between(now, later.minusNanos(1)).dividedBy(ONE_FORGOTTEN_IN) + 1;
        return new Wrong(later, now.plus(waitAfter(count)));
    }

    private Duration waitAfter(long wrong) {
        if (wrong < free) {
            return Duration.ZERO;
        }
        Duration doubled = Duration.ofSeconds(1L << Math.min(wrong - free, 10));
        return doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
    }
}
