package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One refusal or failure, before it is put into words.
 *
 * @param status that of the code, unless the same fact has another status somewhere else
 * @param facts members of the document beside the standard ones, such as {@code position}; null if
 *     known of but not known
 * @param retryAfter when trying again makes sense, if ever
 */
public record Problem(
        ProblemCode code,
        int status,
        Map<String, @Nullable Object> facts,
        @Nullable Duration retryAfter) {

    /** When whatever is in the way is likely to be over. */
    public static final Duration SOON = Duration.ofSeconds(1);

    public static Problem of(ProblemCode code) {
        return new Problem(code, code.status(), Map.of(), null);
    }

    /** One field of a request, and what it must be. */
    public record Wrong(String field, String must) {}

    public static Problem invalid(String field, String must) {
        return invalid(List.of(new Wrong(field, must)));
    }

    public static Problem invalid(List<Wrong> fields) {
        return of(ProblemCode.VALIDATION_FAILED).with("fields", List.copyOf(fields));
    }

    public Problem withStatus(int other) {
        return new Problem(code, other, facts, retryAfter);
    }

    public Problem with(String name, @Nullable Object fact) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(facts);
        more.put(name, fact);
        return new Problem(code, status, Collections.unmodifiableMap(more), retryAfter);
    }

    public Problem retryAfter(Duration wait) {
        return new Problem(code, status, facts, wait);
    }

    /**
     * What a 401 says is to be shown (RFC 9110, 11.6.1): for all but a password no browser asks.
     */
    public @Nullable String challenge() {
        return status != 401
                ? null
                : switch (code) {
                    case ADMIN_REQUIRED -> "Basic";
                    case OPS_REQUIRED -> "Basic realm=\"ops\", charset=\"UTF-8\"";
                    case PASS_REQUIRED, PASS_INVALID -> Headers.PASS;
                    case ACCESS_TOKEN_INVALID,
                            GUESTS_NOT_ALLOWED,
                            SIGN_IN_REQUIRED,
                            SIGN_IN_REFUSED ->
                            "Bearer";
                    default -> Headers.QUEUE_TOKEN;
                };
    }

    /** For the {@code Retry-After} header: whole seconds, never less than one, never too early. */
    public long retryAfterSeconds() {
        return retryAfter == null ? 0 : wholeSeconds(retryAfter);
    }

    /** A wait as it is told to clients: they must not come back too early. */
    public static long wholeSeconds(Duration wait) {
        return Math.max(1, (wait.toMillis() + 999) / 1000);
    }
}
