package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The trace a request belongs to: 32 hex digits, from W3C {@code traceparent} or new. */
public final class TraceId {

    public static final String HEADER = "traceparent";

    private static final Pattern TRACEPARENT =
            Pattern.compile("00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})");

    private TraceId() {}

    /** The three fields of a sound {@code traceparent}, in hex. */
    public record Parent(String trace, String span, String flags) {}

    /** Null if it names no trace: then one begins here. */
    public static @Nullable Parent parent(@Nullable String traceparent) {
        Matcher given = TRACEPARENT.matcher(traceparent == null ? "" : traceparent);
        return given.matches() ? new Parent(given.group(1), given.group(2), given.group(3)) : null;
    }

    public static String of(@Nullable String traceparent) {
        Parent parent = parent(traceparent);
        return parent == null ? newTrace() : parent.trace();
    }

    /** A trace that begins here. */
    public static String newTraceparent() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "00-" + newTrace() + "-" + hex(random.nextLong() | 1) + "-00";
    }

    private static String newTrace() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return hex(random.nextLong() | 1) + hex(random.nextLong());
    }

    private static String hex(long number) {
        return HexFormat.of().toHexDigits(number);
    }
}
