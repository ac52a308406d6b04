package dev.stagedoor.booking.sale;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.UUID;

/** Names a payment. */
public record PaymentId(@JsonValue UUID value) {

    public static PaymentId valueOf(String text) {
        return new PaymentId(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
