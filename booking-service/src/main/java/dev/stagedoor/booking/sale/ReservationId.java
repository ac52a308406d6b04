package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.Written;

import java.util.UUID;

/** Names a reservation. */
public record ReservationId(UUID value) {

    public static ReservationId valueOf(String text) {
        return new ReservationId(Written.uuid(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
