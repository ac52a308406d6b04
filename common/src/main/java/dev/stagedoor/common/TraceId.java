package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** The trace a request belongs to: 32 hex digits, from W3C {@code traceparent} or new. */
public final class TraceId {

    public static final String HEADER = "traceparent";

    private static final Pattern TRACEPARENT =
            Pattern.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceId() {}

    public static String of(@Nullable String traceparent) {
        if (traceparent != null) {
            var matcher = TRACEPARENT.matcher(traceparent);
            if (matcher.matches()) {
                return matcher.group(1);
            }
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "%016x%016x".formatted(random.nextLong() | 1, random.nextLong());
    }

    /** A trace that begins here. */
    public static String newTraceparent() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "00-%016x%016x-%016x-00"
                .formatted(random.nextLong() | 1, random.nextLong(), random.nextLong() | 1);
    }
}
