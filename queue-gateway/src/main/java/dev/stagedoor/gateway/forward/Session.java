package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.SessionCommand;

import reactor.core.publisher.Mono;

import java.util.function.BooleanSupplier;

/** Of a visitor's session, what the way to the upstream must know. */
public interface Session {

    /** What the upstream says of it, before its answer goes on. */
    Mono<Void> obey(SessionCommand command);

    /**
     * Comes to its end as soon as the visitor may stay no longer.
     *
     * @param isUsed whether the visitor has sent anything since this was asked the last time
     */
    Mono<Void> over(BooleanSupplier isUsed);

    /** Of those who need none. */
    Session NONE =
            new Session() {
                @Override
                public Mono<Void> obey(SessionCommand command) {
                    return Mono.empty();
                }

                @Override
                public Mono<Void> over(BooleanSupplier isUsed) {
                    return Mono.never();
                }
            };
}
