package dev.stagedoor.gateway.visitor;

import reactor.core.publisher.Mono;

/** Tells who the bearer of an access token is. */
@FunctionalInterface
public interface Identities {

    Mono<Identity> identify(String accessToken);
}
