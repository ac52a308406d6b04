package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonValue;

/** Names a concert. */
public record ConcertId(@JsonValue long value) {

    public ConcertId {
        if (value < 1) {
            throw new IllegalArgumentException("a concert is named by a positive number");
        }
    }

    public static ConcertId valueOf(String text) {
        return new ConcertId(Written.number(text));
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
