package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonValue;

/** Names one evening of a concert. */
public record ScheduleId(@JsonValue long value) {

    public ScheduleId {
        if (value < 1) {
            throw new IllegalArgumentException("a schedule is named by a positive number");
        }
    }

    public static ScheduleId valueOf(String text) {
        return new ScheduleId(Long.parseLong(text));
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
