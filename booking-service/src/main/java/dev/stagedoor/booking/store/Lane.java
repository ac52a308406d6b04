package dev.stagedoor.booking.store;

import reactor.core.publisher.Mono;

/**
 * Whose connections a piece of work takes (bulkheads): no lane waits for another. Whatever does not
 * say otherwise takes those of the buyers.
 */
public enum Lane {
    BUYERS,
    /** What anybody may ask for, with or without a turn. */
    OPEN,
    /** What nobody waits for: the sweeper; and health, which must tell how the others fare. */
    BACKGROUND,
    /** What rightly takes a minute, and may wait for as long. */
    PATIENT;

    public <T> Mono<T> take(Mono<T> work) {
        return work.contextWrite(context -> context.put(Lane.class, this));
    }
}
