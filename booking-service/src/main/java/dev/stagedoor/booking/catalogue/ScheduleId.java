package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonValue;

/** Names a schedule: one show of a concert, at one time. */
public record ScheduleId(@JsonValue long value) {

    public ScheduleId {
        if (value < 1) {
            throw new IllegalArgumentException("a schedule is named by a positive number");
        }
    }

    public static ScheduleId valueOf(String text) {
        return new ScheduleId(Written.number(text));
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
