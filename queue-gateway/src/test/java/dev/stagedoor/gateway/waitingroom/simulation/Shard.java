package dev.stagedoor.gateway.waitingroom.simulation;

import java.util.stream.IntStream;

/** One Redis of a cluster: does one call after the other, and is away for a while. Times in µs. */
final class Shard {

    private final long downFrom;
    private final long downUntil;
    private final double[] busy;
    private final int[] calls;
    private double free;
    private double longestWait;

    Shard(long downFrom, long downUntil, int seconds) {
        this.downFrom = downFrom;
        this.downUntil = downUntil;
        this.busy = new double[seconds + 60];
        this.calls = new int[seconds + 60];
    }

    boolean isDown(long at) {
        return at >= downFrom && at < downUntil;
    }

    /** When it gets round to a call that comes at that time. */
    long begins(long at) {
        return (long) Math.max(free, at);
    }

    /** When the call is done that comes at that time. */
    long call(long at, double micros) {
        double begins = Math.max(free, at);
        longestWait = Math.max(longestWait, begins - at);
        free = begins + micros;
        int second = (int) (begins / 1e6);
        busy[second] += micros / 1e6;
        calls[second]++;
        return (long) free;
    }

    long longestWaitMillis() {
        return (long) longestWait / 1000;
    }

    @Override
    public String toString() {
        return "longest wait %d ms, load of each ten seconds %s"
                .formatted(
                        longestWaitMillis(),
                        IntStream.range(0, busy.length / 10)
                                .mapToObj(i -> "%.2f".formatted(load(10 * i, 10 * i + 10)))
                                .toList());
    }

    /** Share of its processor that was used in these seconds. */
    double load(int from, int to) {
        double sum = 0;
        for (int second = from; second < to; second++) {
            sum += busy[second];
        }
        return sum / (to - from);
    }

    double callsPerSecond(int from, int to) {
        long sum = 0;
        for (int second = from; second < to; second++) {
            sum += calls[second];
        }
        return (double) sum / (to - from);
    }
}
