/**
 * Who is behind an access token: one of our own, which the booking service signs, or one of an
 * identity provider (OpenID Connect), which takes their place where {@code
 * stagedoor.identity.issuer-uri} names it.
 */
@NullMarked
package dev.stagedoor.gateway.identity;

import org.jspecify.annotations.NullMarked;
