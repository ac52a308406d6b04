package dev.stagedoor.common;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** What happens thousands of times a second is told in full only now and then (rate limit). */
public final class NowAndThen {

    private static final long AGAIN_AFTER = Duration.ofSeconds(10).toNanos();

    private final AtomicLong next = new AtomicLong(System.nanoTime());

    /** True for one caller within ten seconds. */
    public boolean isTime() {
        long now = System.nanoTime();
        long at = next.get();
        return now - at >= 0 && next.compareAndSet(at, now + AGAIN_AFTER);
    }
}
