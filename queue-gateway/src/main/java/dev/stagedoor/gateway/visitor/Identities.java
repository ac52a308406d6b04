package dev.stagedoor.gateway.visitor;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Tells who the bearer of an access token is. */
@FunctionalInterface
public interface Identities {

    Mono<Identity> identify(String accessToken);

    /** The same, where nobody has to be asked; else empty. */
    default Optional<Identity> atOnce(String accessToken) {
        return Optional.empty();
    }
}
