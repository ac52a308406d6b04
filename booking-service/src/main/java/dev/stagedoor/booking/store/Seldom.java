package dev.stagedoor.booking.store;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Says something once in ten seconds, and then how often it would have. */
public final class Seldom {

    private static final long PAUSE = 10_000_000_000L;

    private final AtomicLong last = new AtomicLong(System.nanoTime() - PAUSE);
    private final AtomicLong passedOver = new AtomicLong();

    public void say(LongConsumer sentence) {
        long now = System.nanoTime();
        long before = last.get();
        if (now - before >= PAUSE && last.compareAndSet(before, now)) {
            sentence.accept(passedOver.getAndSet(0));
        } else {
            passedOver.incrementAndGet();
        }
    }
}
