package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonValue;

/** Names a plan: one version of how the seats of a house stand. */
public record PlanId(@JsonValue long value) {

    public PlanId {
        if (value < 1) {
            throw new IllegalArgumentException("a plan is named by a positive number");
        }
    }

    public static PlanId valueOf(String text) {
        return new PlanId(Written.number(text));
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
