package dev.stagedoor.gateway.ops.signin;

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
import java.util.concurrent.atomic.AtomicReference;

/**
 * Slows down whoever tries passwords: after five wrong ones from an address it must wait, twice as
 * long after each, up to a minute; after a hundred wrong ones in a minute from wherever, all must
 * wait until the minute is over. Nobody is kept waiting on a connection: they are told when to come
 * back. While somebody must wait a right password is as good as a wrong one, or guessing would go
 * on.
 */
public final class Guesses {

    private static final int FREE = 5;
    private static final int FREE_FOR_ALL = 100;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);
    private static final int MOST_ADDRESSES = 10_000;
    private static final int IPV6_NETWORK_BYTES = 8;

    private final InstantSource clock;
    private final Cache<String, Wrong> byAddress =
            Caffeine.newBuilder()
                    .maximumSize(MOST_ADDRESSES)
                    .expireAfterWrite(FORGOTTEN_AFTER)
                    .build();
    private final AtomicReference<Wrong> everybody;

    public Guesses(InstantSource clock) {
        this.clock = clock;
        this.everybody = new AtomicReference<>(new Wrong(0, clock.instant()));
    }

    /**
     * @param count wrong guesses so far
     * @param until nothing counts before: the end of the wait, or of the minute
     */
    private record Wrong(int count, Instant until) {}

    /** How long somebody from this address must wait before the next guess is even looked at. */
    Optional<Duration> mustWait(InetAddress address) {
        Instant now = clock.instant();
        Wrong all = everybody.get();
        Wrong own = byAddress.getIfPresent(network(address));
        if (all.count() >= FREE_FOR_ALL && all.until().isAfter(now)) {
            return Optional.of(Duration.between(now, all.until()));
        }
        return own != null && own.until().isAfter(now)
                ? Optional.of(Duration.between(now, own.until()))
                : Optional.empty();
    }

    void wrong(InetAddress address) {
        Instant now = clock.instant();
        everybody.updateAndGet(
                minute ->
                        minute.until().isAfter(now)
                                ? new Wrong(minute.count() + 1, minute.until())
                                : new Wrong(1, now.plus(LONGEST_WAIT)));
        byAddress.asMap().merge(network(address), new Wrong(1, now), (so, one) -> next(so, now));
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

    /** Whoever has one IPv6 address has a network of them. */
    private static String network(InetAddress address) {
        byte[] bytes = address.getAddress();
        return HexFormat.of()
                .formatHex(
                        address instanceof Inet6Address
                                ? Arrays.copyOf(bytes, IPV6_NETWORK_BYTES)
                                : bytes);
    }
}
