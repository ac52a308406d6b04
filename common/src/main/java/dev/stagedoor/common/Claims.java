package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * What a token says: texts and whole numbers, by the names of RFC 7519 or our own. They are written
 * in the order in which they were said, so that the same claims are always the same text.
 */
public final class Claims {

    static final String SUBJECT = "sub";
    static final String ISSUED = "iat";
    static final String END = "exp";

    /** So many digits are a {@code long}, whichever they are. */
    private static final int MOST_DIGITS = 18;

    /** Times of more digits are none that a clock shows. */
    private static final long LATEST = 999_999_999_999L;

    private static final boolean[] PLAIN = plain();

    /** A name, what is said by it, and so on: so few are found faster than in a map. */
    private final List<Object> said = new ArrayList<>(16);

    private Claims() {}

    /** Claims about somebody. */
    public static Claims of(String subject) {
        return new Claims().with(SUBJECT, subject);
    }

    static Claims none() {
        return new Claims();
    }

    public Claims with(String name, String text) {
        if (!text.chars().allMatch(Claims::isWrittenAsItIs)) {
            throw new IllegalArgumentException(name + " cannot be written without escapes");
        }
        return put(name, text);
    }

    public Claims with(String name, long number) {
        return put(name, number);
    }

    /** As somebody else has read it: it is not going to be written. */
    Claims put(String name, Object textOrLong) {
        if (!add(name, textOrLong)) {
            throw new IllegalArgumentException(name + " is said twice");
        }
        return this;
    }

    private boolean add(String name, Object textOrLong) {
        return !has(name) && said.add(name) && said.add(textOrLong);
    }

    /** From one moment to another, in whole seconds. */
    public Claims during(Instant issued, Instant end) {
        return with(END, end.getEpochSecond()).with(ISSUED, issued.getEpochSecond());
    }

    public String subject() {
        return text(SUBJECT);
    }

    public Instant end() {
        return Instant.ofEpochSecond(number(END));
    }

    Instant issued() {
        return Instant.ofEpochSecond(number(ISSUED));
    }

    boolean has(String name) {
        return said(name) != null;
    }

    private @Nullable Object said(String name) {
        for (int i = 0; i < said.size(); i += 2) {
            if (said.get(i).equals(name)) {
                return said.get(i + 1);
            }
        }
        return null;
    }

    /**
     * @throws NoSuchElementException if that is not said, or no text
     */
    public String text(String name) {
        if (said(name) instanceof String text) {
            return text;
        }
        throw new NoSuchElementException(name);
    }

    /**
     * @throws NoSuchElementException if that is not said, or no number
     */
    public long number(String name) {
        if (said(name) instanceof Long number) {
            return number;
        }
        throw new NoSuchElementException(name);
    }

    String toJson() {
        StringBuilder json = new StringBuilder(160);
        for (int i = 0; i < said.size(); i += 2) {
            json.append(i == 0 ? "{\"" : ",\"").append(said.get(i)).append("\":");
            if (said.get(i + 1) instanceof Long number) {
                json.append(number.longValue());
            } else {
                json.append('"').append(said.get(i + 1)).append('"');
            }
        }
        return json.append('}').toString();
    }

    /**
     * Reads what {@link #toJson} writes, as long as it is made of the plain characters that ids and
     * names are made of. Null for anything else, be it sound JSON or not: that takes a parser.
     */
    static @Nullable Claims readPlain(String json) {
        Claims claims = new Claims();
        int at = 0;
        char before = '{';
        while (json.startsWith("\"", at + 1) && json.charAt(at) == before) {
            int nameEnd = plainEnd(json, at + 2);
            if (!json.startsWith("\":", nameEnd)) {
                return null;
            }
            int begin = nameEnd + 2;
            boolean isText = json.startsWith("\"", begin);
            int end = isText ? plainEnd(json, begin + 1) : digitsEnd(json, begin);
            if (isText ? !json.startsWith("\"", end) : !isPlainNumber(json, begin, end)) {
                return null;
            }
            Object value =
                    isText
                            ? json.substring(begin + 1, end)
                            : (Object) Long.parseLong(json, begin, end, 10);
            String name = json.substring(at + 2, nameEnd);
            if (!isOfItsType(name, value) || !claims.add(name, value)) {
                return null;
            }
            at = isText ? end + 1 : end;
            before = ',';
        }
        return at == json.length() - 1 && json.charAt(at) == '}' ? claims : null;
    }

    /** What RFC 7519 gives a type has the type that we give it. */
    private static boolean isOfItsType(String name, Object value) {
        return switch (name) {
            case SUBJECT, "jti" -> value instanceof String;
            case ISSUED, END -> value instanceof Long time && time <= LATEST;
            case "iss", "aud", "nbf" -> false; // we write none
            default -> true;
        };
    }

    private static int plainEnd(String json, int from) {
        int at = from;
        while (at < json.length() && isPlain(json.charAt(at))) {
            at++;
        }
        return at;
    }

    private static int digitsEnd(String json, int from) {
        int at = from;
        while (at < json.length() && isDigit(json.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isPlainNumber(String json, int begin, int end) {
        int digits = end - begin;
        return digits == 1 || digits > 1 && digits <= MOST_DIGITS && json.charAt(begin) != '0';
    }

    private static boolean isPlain(char c) {
        return c < PLAIN.length && PLAIN[c];
    }

    private static boolean[] plain() {
        boolean[] plain = new boolean[128];
        for (char c = 0; c < plain.length; c++) {
            plain[c] = Character.isLetterOrDigit(c) || c == '-' || c == '_';
        }
        return plain;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWrittenAsItIs(int c) {
        return c >= ' ' && c != '"' && c != '\\';
    }
}
