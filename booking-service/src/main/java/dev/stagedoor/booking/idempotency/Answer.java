package dev.stagedoor.booking.idempotency;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * What a write is answered with, byte for byte, the first time and every other.
 *
 * @param completesSession the visitor has what they came for
 * @param keepsSession for how long the visitor has something to finish
 */
public record Answer(
        int status,
        @Nullable String location,
        boolean completesSession,
        @Nullable Duration keepsSession,
        byte[] body,
        boolean replayed) {}
