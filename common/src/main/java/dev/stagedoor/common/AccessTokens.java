package dev.stagedoor.common;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Says who somebody is: written by the booking service when a user registers, read by the gateway
 * when the user joins a line.
 */
public final class AccessTokens {

    private static final Duration LIFETIME = Duration.ofDays(1);

    private final SignedTokens tokens;
    private final InstantSource clock;

    public AccessTokens(List<SigningKey> keys, InstantSource clock) {
        this.tokens = new SignedTokens("access", keys, clock);
        this.clock = clock;
    }

    public String sign(UserId user) {
        Instant now = clock.instant();
        return tokens.sign(Claims.of(user.toString()).during(now, now.plus(LIFETIME)));
    }

    public Optional<UserId> verify(String token) {
        return tokens.verify(token, claims -> UserId.parse(claims.subject()));
    }
}
