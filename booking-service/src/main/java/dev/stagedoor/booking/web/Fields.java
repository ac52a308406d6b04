package dev.stagedoor.booking.web;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a request, field by field; for every way in over HTTP. */
public final class Fields {

    private static final int LONGEST_PAGE = 100;

    private final List<Problem.Wrong> wrong = new ArrayList<>();

    public Fields must(boolean right, String field, String be) {
        if (!right) {
            wrong.add(new Problem.Wrong(field, be));
        }
        return this;
    }

    public Fields name(@Nullable String text, String field, int longest) {
        return must(isName(text, longest), field, "be 1 to " + longest + " characters");
    }

    public Fields nameOrNone(@Nullable String text, String field, int longest) {
        return text == null ? this : name(text, field, longest);
    }

    public static boolean isName(@Nullable String text, int longest) {
        return text != null
                && !text.isBlank()
                && text.codePointCount(0, text.length()) <= longest
                && text.codePoints().noneMatch(Fields::isUnfit);
    }

    public void orRefuse() {
        if (!wrong.isEmpty()) {
            throw new Refusal(Problem.invalid(wrong));
        }
    }

    /** To be shown in a line, and kept: a control, or half of a character. */
    private static boolean isUnfit(int character) {
        return Character.isISOControl(character)
                || Character.getType(character) == Character.SURROGATE;
    }

    /** How many entries of a list somebody asks for at once. */
    public static void checkLimit(int limit) {
        checkLimit(limit, LONGEST_PAGE);
    }

    public static void checkLimit(int limit, int most) {
        new Fields().must(limit >= 1 && limit <= most, "limit", "be 1 to " + most).orRefuse();
    }
}
