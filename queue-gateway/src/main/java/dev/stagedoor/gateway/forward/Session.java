package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.SessionCommand;

import reactor.core.publisher.Mono;

import java.util.function.BooleanSupplier;

/** Of a visitor's session, what the way to the upstream must know; as it is, of those without. */
public interface Session {

    Session NONE = new Session() {};

    /** What the upstream says of it, before its answer goes on. */
    default Mono<Void> obey(SessionCommand command) {
        return Mono.empty();
    }

    /**
     * Comes to its end as soon as the visitor may stay no longer.
     *
     * @param isUsed whether the visitor has sent anything since this was asked the last time
     */
    default Mono<Void> over(BooleanSupplier isUsed) {
        return Mono.never();
    }
}
