package dev.stagedoor.booking.sale;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.UUID;

/** Names a ticket; drawn by us before the row is written. */
public record TicketId(@JsonValue UUID value) {

    public static TicketId random() {
        return new TicketId(UUID.randomUUID());
    }

    public static TicketId valueOf(String text) {
        return new TicketId(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
