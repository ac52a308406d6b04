package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;

/** Why something is taken back; the buyers read it. */
record Reason(@Nullable String reason) {

    private static final int LONGEST = 200;

    String checked() {
        new Fields()
                .must(
                        reason != null
                                && !reason.isBlank()
                                && reason.length() <= LONGEST
                                && Fields.isPlain(reason),
                        "reason",
                        "be 1 to " + LONGEST + " characters")
                .orRefuse();
        return reason;
    }
}
