package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;

import org.jspecify.annotations.Nullable;

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

    /** By access tokens that the booking service has signed. */
    record OwnTokens(AccessTokens tokens) implements Identities {

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

    /** As whom somebody comes, by the access token that they show. */
    sealed interface Identity {

        record Known(Bearer bearer) implements Identity {}

        /** Shows none. */
        record Guest() implements Identity {}

        /** Forged, expired, of somebody else, or no token at all. */
        record Refused() implements Identity {}

        /** The identity provider did not say by which keys its tokens can be told. */
        record Unavailable() implements Identity {}

        /** Null unless they are known. */
        default @Nullable Bearer bearer() {
            return null;
        }
    }
}
