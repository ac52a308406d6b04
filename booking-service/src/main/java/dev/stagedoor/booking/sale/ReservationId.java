package dev.stagedoor.booking.sale;

import com.fasterxml.jackson.annotation.JsonValue;

import dev.stagedoor.booking.catalogue.Written;

import java.util.UUID;

/** Names a reservation. */
public record ReservationId(@JsonValue UUID value) {

    public static ReservationId valueOf(String text) {
        return new ReservationId(Written.uuid(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
