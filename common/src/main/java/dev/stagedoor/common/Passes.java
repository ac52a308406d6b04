package dev.stagedoor.common;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Writes and reads {@link Headers#PASS}: signed by the gateway, valid for half a minute. */
public final class Passes {

    public static final Duration LIFETIME = Duration.ofSeconds(30);

    private static final String ROOM = "room";
    private static final String SEQUENCE = "seq";
    private static final String SIGN_IN = "sid";

    private final SignedTokens tokens;
    private final InstantSource clock;

    public Passes(List<SigningKey> keys, InstantSource clock) {
        this.tokens = new SignedTokens("pass", keys, clock);
        this.clock = clock;
    }

    public String sign(Pass pass) {
        Instant now = clock.instant();
        Claims claims =
                Claims.of(pass.user().toString())
                        .during(now, now.plus(LIFETIME))
                        .with(ROOM, pass.room().name())
                        .with(SEQUENCE, pass.sequence());
        return tokens.sign(
                pass.signIn() == null ? claims : claims.with(SIGN_IN, pass.signIn().toString()));
    }

    public Optional<Pass> verify(String token) {
        return tokens.verify(token, this::begun);
    }

    /** The next one is signed in a moment: one of the future is of a clock that is wrong. */
    private Optional<Pass> begun(Claims claims) {
        boolean isOfTheFuture = claims.issued().isAfter(clock.instant().plus(SignedTokens.LEEWAY));
        return isOfTheFuture ? Optional.empty() : read(claims);
    }

    private static Optional<Pass> read(Claims claims) {
        long sequence = claims.number(SEQUENCE);
        Optional<RoomId> room = RoomId.parse(claims.text(ROOM));
        UUID signIn = claims.has(SIGN_IN) ? UUID.fromString(claims.text(SIGN_IN)) : null;
        return UserId.parse(claims.subject())
                .flatMap(user -> room.map(there -> new Pass(user, there, sequence, signIn)));
    }
}
