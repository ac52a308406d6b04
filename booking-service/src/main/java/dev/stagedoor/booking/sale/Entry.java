package dev.stagedoor.booking.sale;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.UUID;

/** One line of the ledger. */
public record Entry(
        long entry,
        Kind kind,
        long amount,
        long balanceAfter,
        @Nullable UUID paymentId,
        Instant createdAt) {

    /** Why money moved. */
    public enum Kind {
        CHARGE,
        PAYMENT,
        REFUND
    }
}
