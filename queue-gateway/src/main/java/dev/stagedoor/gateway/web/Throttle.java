package dev.stagedoor.gateway.web;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** So many a second and no more: a bucket that fills evenly and holds one second's worth. */
final class Throttle {

    private static final long SECOND = 1_000_000_000;

    private final long cost;
    private final LongSupplier nanoTime;

    /** The moment up to which the allowance is used; never more than a second behind now. */
    private final AtomicLong usedUpTo;

    Throttle(long perSecond, LongSupplier nanoTime) {
        this.cost = SECOND / perSecond;
        this.nanoTime = nanoTime;
        this.usedUpTo = new AtomicLong(nanoTime.getAsLong() - SECOND);
    }

    boolean allows() {
        long now = nanoTime.getAsLong();
        while (true) {
            long used = usedUpTo.get();
            long next = Math.max(used, now - SECOND) + cost;
            if (next > now) {
                return false;
            }
            if (usedUpTo.compareAndSet(used, next)) {
                return true;
            }
        }
    }
}
