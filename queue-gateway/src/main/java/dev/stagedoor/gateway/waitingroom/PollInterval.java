package dev.stagedoor.gateway.waitingroom;

import java.time.Duration;

/**
 * When somebody who waits should ask again: soon near the front, seldom far behind, and never so
 * often that the whole line together asks more than the gateway is ready to answer.
 */
final class PollInterval {

    static final Duration SHORTEST = Duration.ofSeconds(1);
    static final Duration LONGEST = Duration.ofSeconds(30);

    private PollInterval() {}

    /**
     * One second for the first 50, one more for every doubling behind them, times as much as the
     * budget demands; then up to a tenth more or less, always the same for one ticket, so that
     * those who came together do not ask together.
     *
     * @param budget polls a second that the gateway grants the room
     */
    static Duration of(long ahead, long waiting, long budget, long sequence) {
        long doublings = 64 - Long.numberOfLeadingZeros(ahead / 50);
        long millis = SHORTEST.toMillis() * (1 + 2 * doublings);
        long forBudget = waiting * 1000 / Math.max(1, budget);
        long chosen = Math.min(Math.max(millis, forBudget), LONGEST.toMillis());
        return Duration.ofMillis(chosen + jitter(chosen, sequence));
    }

    private static long jitter(long millis, long sequence) {
        long scattered = (sequence * 0x9E3779B97F4A7C15L) >>> 44; // 0 to 2^20, evenly
        return millis * (scattered - (1 << 19)) / (10L << 19);
    }
}
