package dev.stagedoor.booking.desk;

import org.jspecify.annotations.Nullable;

/**
 * What a write is answered with, byte for byte, the first time and every other.
 *
 * @param completesSession the visitor has what they came for
 */
public record Answer(
        int status,
        @Nullable String location,
        boolean completesSession,
        byte[] body,
        boolean replayed) {

    public static Answer of(int status, byte[] body) {
        return new Answer(status, null, false, body, false);
    }

    public Answer at(String where) {
        return new Answer(status, where, completesSession, body, replayed);
    }

    public Answer completingSession() {
        return new Answer(status, location, true, body, replayed);
    }
}
