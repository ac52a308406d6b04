package dev.stagedoor.gateway.gate;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** So many a second and no more: a bucket that fills evenly and holds no more than that. */
final class Throttle {

    private static final long SECOND = 1_000_000_000;

    private final long cost;

    /** A second's worth: less than a second where the cost is not a whole number. */
    private final long held;

    private final LongSupplier nanoTime;

    /** The moment up to which the allowance is used; never further behind now than what is held. */
    private final AtomicLong usedUpTo;

    Throttle(long perSecond, LongSupplier nanoTime) {
        this.cost = SECOND / perSecond;
        this.held = cost * perSecond;
        this.nanoTime = nanoTime;
        this.usedUpTo = new AtomicLong(nanoTime.getAsLong() - held);
    }

    public boolean allows() {
        long now = nanoTime.getAsLong();
        while (true) {
            long used = usedUpTo.get();
            long next = Math.max(used, now - held) + cost;
            if (next > now) {
                return false;
            }
            if (usedUpTo.compareAndSet(used, next)) {
                return true;
            }
        }
    }
}
