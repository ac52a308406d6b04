package dev.stagedoor.booking.idempotency;

import java.util.regex.Pattern;

/** The header of that name: 1 to 255 visible ASCII characters, with or without quotes. */
public record IdempotencyKey(String value) {

    public static final String HEADER = "Idempotency-Key";
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x7e]{1,255}");

    public IdempotencyKey {
        value = unquoted(value);
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException("1 to 255 visible ASCII characters");
        }
    }

    private static String unquoted(String text) {
        return text.length() > 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }
}
