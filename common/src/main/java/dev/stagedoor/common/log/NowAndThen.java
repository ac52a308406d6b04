package dev.stagedoor.common.log;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** What happens thousands of times a second is told in full only now and then (rate limit). */
public final class NowAndThen {

    private static final long AGAIN_AFTER = Duration.ofSeconds(10).toNanos();

    private final AtomicLong next = new AtomicLong(System.nanoTime());
    private final AtomicLong passedOver = new AtomicLong();

    /** True for one caller within ten seconds. */
    public boolean isTime() {
        long now = System.nanoTime();
        long at = next.get();
        return now - at >= 0 && next.compareAndSet(at, now + AGAIN_AFTER);
    }

    /**
     * @param sentence is told how often nothing was said since it was said last
     */
    public void say(LongConsumer sentence) {
        if (isTime()) {
            sentence.accept(passedOver.getAndSet(0));
        } else {
            passedOver.incrementAndGet();
        }
    }
}
