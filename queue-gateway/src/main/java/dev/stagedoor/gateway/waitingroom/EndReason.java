package dev.stagedoor.gateway.waitingroom;

import java.util.Locale;

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

    public static EndReason of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
