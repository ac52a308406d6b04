package dev.stagedoor.common;

import com.nimbusds.jwt.JWTClaimsSet;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
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
        return tokens.sign(
                new JWTClaimsSet.Builder()
                        .subject(user.toString())
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(LIFETIME)))
                        .build());
    }

    public Optional<UserId> verify(String token) {
        return tokens.verify(token, claims -> UserId.parse(String.valueOf(claims.getSubject())));
    }
}
