package dev.stagedoor.gateway.waitingroom.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** The time that scripts go by in tests: it passes when told to. */
public final class Clock implements Supplier<String> {

    /** For calls that are never too late. */
    public static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");

    private final AtomicLong millis = new AtomicLong(1_800_000_000_000L);

    public void pass(Duration time) {
        millis.addAndGet(time.toMillis());
    }

    public long millis() {
        return millis.get();
    }

    @Override
    public String get() {
        return Long.toString(millis.get());
    }
}
