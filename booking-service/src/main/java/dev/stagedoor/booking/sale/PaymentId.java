package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.Written;

import java.util.UUID;

/** Names a payment. */
public record PaymentId(UUID value) {

    public static PaymentId valueOf(String text) {
        return new PaymentId(Written.uuid(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
