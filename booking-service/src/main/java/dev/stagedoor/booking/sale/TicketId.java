package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.Written;

import java.util.UUID;

/** Names a ticket. */
public record TicketId(UUID value) {

    public static TicketId valueOf(String text) {
        return new TicketId(Written.uuid(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
