package dev.stagedoor.booking.idempotency;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What a write is answered with, byte for byte, the first time and every other.
 *
 * @param completesSession the visitor has what they came for
 * @param keepsSession until when the visitor has something to finish
 */
public record Answer(
        int status,
        @Nullable String location,
        boolean completesSession,
        @Nullable Instant keepsSession,
        byte[] body,
        boolean replayed) {

    public static Answer of(int status, byte[] body) {
        return new Answer(status, null, false, null, body, false);
    }

    public Answer at(String where) {
        return new Answer(status, where, completesSession, keepsSession, body, replayed);
    }

    public Answer completingSession() {
        return new Answer(status, location, true, null, body, replayed);
    }

    public Answer keepingSession(Instant until) {
        return new Answer(status, location, false, until, body, replayed);
    }
}
