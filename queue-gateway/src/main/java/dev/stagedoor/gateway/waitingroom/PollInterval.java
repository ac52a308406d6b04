package dev.stagedoor.gateway.waitingroom;

import java.time.Duration;
import java.util.Optional;

/**
 * When somebody who waits should ask again: soon near the front, seldom far behind, and never so
 * often that the whole line together asks more than the gateway is ready to answer.
 */
public final class PollInterval {

    /**
     * Within this time after a join a first sign of life must have come: twice the first interval,
     * and some time on the way. Whoever joins and never asks is gone soon.
     */
    public static final Duration FIRST_SIGN_WITHIN = Duration.ofSeconds(49);

    static final Duration SHORTEST = Duration.ofSeconds(1);
    static final Duration LONGEST = Duration.ofSeconds(30);
    static final Duration LONGEST_FIRST = Duration.ofSeconds(20);

    /** Those near the front ask more often than the budget demands: the others make up for it. */
    private static final double FEWER_IN_FRONT = 1.4;

    private PollInterval() {}

    /**
     * One second for the first 50, two more for every doubling behind them, up to {@link #LONGEST};
     * and as much longer as the budget demands, but not so long that anybody sleeps through the
     * turn, or counts as silent because one poll was lost. Then up to a tenth more or less, always
     * the same for one ticket, so that those who came together do not ask together.
     *
     * @param wait until the turn comes, as far as known
     * @param idleTimeout of the room
     * @param budget polls a second that the gateway grants the room
     */
    static Duration of(
            long ahead,
            long waiting,
            Optional<Duration> wait,
            Duration idleTimeout,
            long budget,
            long sequence) {
        long doublings = 64 - Long.numberOfLeadingZeros(ahead / 50);
        long usual = Math.min(SHORTEST.toMillis() * (1 + 2 * doublings), LONGEST.toMillis());
        long stretched = (long) (waiting * 1000 * FEWER_IN_FRONT / Math.max(1, budget));
        long beforeTheTurn = wait.map(Duration::toMillis).orElse(2 * LONGEST.toMillis()) / 2;
        long chosen = Math.max(usual, Math.min(stretched, beforeTheTurn));
        long twiceInTime = idleTimeout.toMillis() * 10 / 22; // with a tenth more of jitter
        return jittered(Math.min(chosen, twiceInTime), sequence);
    }

    /**
     * @param usual when to ask again
     * @return when to ask for the first time after a join
     */
    static Duration first(Duration usual, long sequence) {
        Duration first = jittered(LONGEST_FIRST.toMillis(), sequence);
        return usual.compareTo(first) < 0 ? usual : first;
    }

    private static Duration jittered(long millis, long sequence) {
        long scattered = (sequence * 0x9E3779B97F4A7C15L) >>> 44; // 0 to 2^20, evenly
        return Duration.ofMillis(millis + millis * (scattered - (1 << 19)) / (10L << 19));
    }
}
