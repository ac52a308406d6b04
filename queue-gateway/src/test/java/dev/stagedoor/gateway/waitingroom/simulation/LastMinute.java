package dev.stagedoor.gateway.waitingroom.simulation;

/** How many came in during the last 60 s, second by second. */
final class LastMinute {

    private static final int WINDOW = 60;

    private final long[] counts;
    private final long[] seconds;

    LastMinute() {
        this(new long[2 * WINDOW], new long[2 * WINDOW]);
    }

    private LastMinute(long[] counts, long[] seconds) {
        this.counts = counts;
        this.seconds = seconds;
    }

    void add(long now) {
        int slot = (int) (now / 1000 % seconds.length);
        counts[slot] = seconds[slot] == now / 1000 ? counts[slot] + 1 : 1;
        seconds[slot] = now / 1000;
    }

    long count(long now) {
        long sum = 0;
        for (int i = 0; i < seconds.length; i++) {
            sum += now / 1000 - seconds[i] <= WINDOW ? counts[i] : 0;
        }
        return sum;
    }

    /** The same, so much later. */
    LastMinute later(long millis) {
        LastMinute later = new LastMinute();
        long by = Math.ceilDiv(millis, 1000L);
        for (int i = 0; i < seconds.length; i++) {
            int slot = (int) ((seconds[i] + by) % seconds.length);
            later.counts[slot] += counts[i];
            later.seconds[slot] = Math.max(later.seconds[slot], seconds[i] + by);
        }
        return later;
    }

    LastMinute copy() {
        return new LastMinute(counts.clone(), seconds.clone());
    }
}
