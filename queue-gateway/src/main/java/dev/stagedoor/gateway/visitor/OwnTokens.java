package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.gateway.visitor.Identities.Identity;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Access tokens that the booking service has signed. */
public record OwnTokens(AccessTokens tokens) implements Identities {

    @Override
    public Mono<Identity> identify(String accessToken) {
        return Mono.fromCallable(() -> atOnce(accessToken).orElseThrow());
    }

    @Override
    public Optional<Identity> atOnce(String accessToken) {
        return tokens.verify(accessToken)
                .<Identity>map(Identity.Known::new)
                .or(() -> Optional.of(new Identity.Refused()));
    }
}
