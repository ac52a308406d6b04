package dev.stagedoor.booking.web;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a request, field by field; for every way in over HTTP. */
public final class Fields {

    private static final int LONGEST_PAGE = 100;

    private final List<Wrong> wrong = new ArrayList<>();

    public Fields must(boolean right, String field, String be) {
        if (!right) {
            wrong.add(new Wrong(field, be));
        }
        return this;
    }

    public void orRefuse() {
        if (!wrong.isEmpty()) {
            throw new Refusal(problem(wrong));
        }
    }

    /** Whether it can be shown in a line, and kept: no control, and no half of a character. */
    public static boolean isPlain(String text) {
        return text.codePoints().noneMatch(Fields::isUnfit);
    }

    private static boolean isUnfit(int character) {
        return Character.isISOControl(character)
                || Character.getType(character) == Character.SURROGATE;
    }

    /** How many entries of a list somebody asks for at once. */
    static void checkLimit(int limit) {
        new Fields()
                .must(limit >= 1 && limit <= LONGEST_PAGE, "limit", "be 1 to " + LONGEST_PAGE)
                .orRefuse();
    }

    static Problem problem(String field, String be) {
        return problem(List.of(new Wrong(field, be)));
    }

    private static Problem problem(List<Wrong> wrong) {
        return Problem.of(ProblemCode.VALIDATION_FAILED).with("fields", List.copyOf(wrong));
    }

    /** One field and what it must be. */
    record Wrong(String field, String must) {}
}
