package dev.stagedoor.booking.idempotency;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

/** What stands around the transaction of a write. */
@FunctionalInterface
public interface Shield {

    Shield NONE = (_, work) -> work;

    /**
     * @param twins what all requests under the same key of the same user have in common; null
     *     without a key
     */
    Mono<Answer> around(@Nullable String twins, Mono<Answer> work);
}
