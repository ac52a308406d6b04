package dev.stagedoor.booking.idempotency;

import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * Who asks for something to be done.
 *
 * @param signIn that vouches for them; null if none does
 * @param key under which the answer is kept, if any
 * @param fingerprint what the request said: another one under the same key is a mistake; empty
 *     without a key
 */
public record Request(
        UserId user, @Nullable UUID signIn, @Nullable String key, byte[] fingerprint) {

    /** What this request has in common with its twins, here and on other instances. */
    public @Nullable String twins() {
        return key == null ? null : user + "/" + key;
    }
}
