package dev.stagedoor.common;

import com.nimbusds.jwt.JWTClaimsSet;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;

/** Writes and reads {@link Headers#PASS}: signed by the gateway, valid for half a minute. */
public final class Passes {

    public static final Duration LIFETIME = Duration.ofSeconds(30);

    private static final String ROOM = "room";
    private static final String SEQUENCE = "seq";

    private final SignedTokens tokens;
    private final InstantSource clock;

    public Passes(List<SigningKey> keys, InstantSource clock) {
        this.tokens = new SignedTokens("pass", keys, clock);
        this.clock = clock;
    }

    public String sign(Pass pass) {
        Instant now = clock.instant();
        return tokens.sign(
                new JWTClaimsSet.Builder()
                        .subject(pass.user().toString())
                        .claim(ROOM, pass.room().name())
                        .claim(SEQUENCE, pass.sequence())
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(LIFETIME)))
                        .build());
    }

    public Optional<Pass> verify(String token) {
        return tokens.verify(token, Passes::read);
    }

    private static Optional<Pass> read(JWTClaimsSet claims) {
        try {
            long sequence = claims.getLongClaim(SEQUENCE);
            return UserId.parse(claims.getSubject())
                    .flatMap(user -> room(claims).map(room -> new Pass(user, room, sequence)));
        } catch (ParseException | NullPointerException _) {
            return Optional.empty();
        }
    }

    private static Optional<RoomId> room(JWTClaimsSet claims) {
        return RoomId.parse(String.valueOf(claims.getClaim(ROOM)));
    }
}
