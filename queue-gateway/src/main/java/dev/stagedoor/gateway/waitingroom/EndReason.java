package dev.stagedoor.gateway.waitingroom;

import java.util.Locale;
import java.util.stream.Stream;

/** Why a ticket is over. */
public enum EndReason {
    /** The visitor has what they came for. */
    COMPLETED,
    /** The visitor gave the place back. */
    LEFT,
    /** An operator took it away. */
    REVOKED,
    /** The session ran out. */
    EXPIRED,
    /** No sign of life while waiting, or the longest wait has passed. */
    LAPSED;

    /** As it stands in Redis. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Any other word was written by hand, to take a ticket away. */
    public static EndReason of(String word) {
        return Stream.of(values())
                .filter(reason -> reason.word().equals(word))
                .findFirst()
                .orElse(REVOKED);
    }
}
