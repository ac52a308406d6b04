package dev.stagedoor.common;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Says who somebody is: written by the booking service when a user registers or signs in, read by
 * the gateway. Whether the sign-in that it names still stands only the booking service knows.
 */
public final class AccessTokens {

    private static final Duration LIFETIME = Duration.ofDays(1);
    private static final String SIGN_IN = "sid";

    private final SignedTokens tokens;
    private final InstantSource clock;

    public AccessTokens(List<SigningKey> keys, InstantSource clock) {
        this.tokens = new SignedTokens("access", keys, clock);
        this.clock = clock;
    }

    public String sign(Bearer bearer) {
        Instant now = clock.instant();
        Claims claims = Claims.of(bearer.user().toString()).during(now, now.plus(LIFETIME));
        return tokens.sign(
                bearer.signIn() == null
                        ? claims
                        : claims.with(SIGN_IN, bearer.signIn().toString()));
    }

    public Optional<Bearer> verify(String token) {
        return tokens.verify(token, AccessTokens::read);
    }

    /** The same, also of a token that has run out: for whoever asks whether its sign-in stands. */
    public Optional<Bearer> verifyFormer(String token) {
        return tokens.verifyFormer(token, AccessTokens::read);
    }

    private static Optional<Bearer> read(Claims claims) {
        UUID signIn = claims.has(SIGN_IN) ? UUID.fromString(claims.text(SIGN_IN)) : null;
        return UserId.parse(claims.subject()).map(user -> new Bearer(user, signIn));
    }
}
