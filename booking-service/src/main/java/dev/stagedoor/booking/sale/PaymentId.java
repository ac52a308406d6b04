package dev.stagedoor.booking.sale;

import com.fasterxml.jackson.annotation.JsonValue;

import dev.stagedoor.booking.catalogue.Written;

import java.util.UUID;

/** Names a payment. */
public record PaymentId(@JsonValue UUID value) {

    public static PaymentId valueOf(String text) {
        return new PaymentId(Written.uuid(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
