package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;
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
        return hex(random.nextLong() | 1) + hex(random.nextLong());
    }

    /** Whether it names a trace; anything else begins one here. */
    public static boolean isSound(@Nullable String traceparent) {
        return traceparent != null && TRACEPARENT.matcher(traceparent).matches();
    }

    /** A trace that begins here. */
    public static String newTraceparent() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String trace = hex(random.nextLong() | 1) + hex(random.nextLong());
        return "00-" + trace + "-" + hex(random.nextLong() | 1) + "-00";
    }

    private static String hex(long number) {
        return HexFormat.of().toHexDigits(number);
    }
}
