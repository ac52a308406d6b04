package dev.stagedoor.booking.idempotency;

import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

/**
 * One write.
 *
 * @param key under which its answer is kept, if any
 * @param fingerprint what the request said: another one under the same key is a mistake; empty
 *     without a key
 * @param act what is done, in a transaction
 * @param shield what stands around the transaction
 */
public record Errand(
        UserId user,
        @Nullable IdempotencyKey key,
        byte[] fingerprint,
        Mono<Answer> act,
        Shield shield) {

    /** What this errand has in common with its twins, here and on other instances. */
    @Nullable String twins() {
        return key == null ? null : user + "/" + key.value();
    }
}
