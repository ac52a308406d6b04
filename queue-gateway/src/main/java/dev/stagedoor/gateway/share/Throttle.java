package dev.stagedoor.gateway.share;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** So many in a time and no more: a bucket that fills evenly and holds no more than that. */
public final class Throttle {

    private final long cost;

    /** Somewhat less than the time where the cost is not a whole number. */
    private final long held;

    private final LongSupplier nanoTime;

    /** The moment up to which the allowance is used; never further behind now than what is held. */
    private final AtomicLong usedUpTo;

    Throttle(long most, Duration in, LongSupplier nanoTime) {
        this.cost = in.toNanos() / most;
        this.held = cost * most;
        this.nanoTime = nanoTime;
        this.usedUpTo = new AtomicLong(nanoTime.getAsLong() - held);
    }

    public static Throttle perSecond(long most) {
        return new Throttle(most, Duration.ofSeconds(1), System::nanoTime);
    }

    public static Throttle perMinute(long most) {
        return new Throttle(most, Duration.ofMinutes(1), System::nanoTime);
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
