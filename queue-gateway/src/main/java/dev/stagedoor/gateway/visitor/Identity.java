package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Bearer;

/** What an access token says of its bearer. */
sealed interface Identity {

    record Known(Bearer bearer) implements Identity {}

    /** Forged, expired, of somebody else, or no token at all. */
    record Refused() implements Identity {}

    /** The identity provider did not say by which keys its tokens can be told. */
    record Unavailable() implements Identity {}
}
