package dev.stagedoor.booking.sale;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.UUID;

/** Names a reservation. */
public record ReservationId(@JsonValue UUID value) {

    public static ReservationId valueOf(String text) {
        return new ReservationId(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
