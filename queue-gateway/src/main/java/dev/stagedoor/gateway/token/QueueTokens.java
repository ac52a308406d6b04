package dev.stagedoor.gateway.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jwt.JWTClaimsSet;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SignedTokens;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;

/**
 * Tickets as visitors hold them: signed, so that a place survives the loss of everything but the
 * key.
 *
 * <p>The same ticket is always written as the same token: its times are those of the month, not of
 * the moment. How long a place lasts is for the room to say; the token's own end only sees to it
 * that keys can be retired.
 */
public final class QueueTokens {

    private static final long MONTH = Duration.ofDays(30).toSeconds();

    /** What is left of a token that is not replaced yet: longer than anybody waits and shops. */
    private static final Duration LONG_ENOUGH = Duration.ofDays(7);

    private static final String ROOM = "room";
    private static final String SEQUENCE = "seq";
    private static final String EPOCH = "epoch";

    private final SignedTokens tokens;
    private final InstantSource clock;

    /**
     * A waiting visitor shows the same token again and again; its signature is worth remembering.
     */
    private final Cache<String, Verified> known =
            Caffeine.newBuilder()
                    .maximumSize(200_000)
                    .expireAfterWrite(Duration.ofMinutes(5))
                    .build();

    public QueueTokens(List<SigningKey> keys, InstantSource clock) {
        this.tokens = new SignedTokens("queue", keys, clock);
        this.clock = clock;
    }

    public String sign(Ticket ticket) {
        long month = clock.instant().getEpochSecond() / MONTH * MONTH;
        return tokens.sign(
                new JWTClaimsSet.Builder()
                        .subject(ticket.user().toString())
                        .claim(ROOM, ticket.room().name())
                        .claim(SEQUENCE, ticket.sequence())
                        .claim(EPOCH, ticket.epoch())
                        .issueTime(Date.from(Instant.ofEpochSecond(month)))
                        .expirationTime(Date.from(Instant.ofEpochSecond(month + 2 * MONTH)))
                        .build());
    }

    /**
     * The token that is shown, as long as it is good for the same place: whoever holds it need not
     * learn of another month, another key or another life of the room.
     */
    public String signAgain(Ticket ticket, Optional<String> shown) {
        return shown.filter(token -> isGoodFor(ticket, token)).orElseGet(() -> sign(ticket));
    }

    private boolean isGoodFor(Ticket ticket, String shown) {
        return verified(shown)
                .filter(token -> isSamePlace(token.ticket(), ticket))
                .filter(token -> token.end().isAfter(clock.instant().plus(LONG_ENOUGH)))
                .isPresent();
    }

    private static boolean isSamePlace(Ticket one, Ticket other) {
        return one.room().equals(other.room())
                && one.user().equals(other.user())
                && one.sequence() == other.sequence();
    }

    public Optional<Ticket> verify(String token) {
        return verified(token).map(Verified::ticket);
    }

    /** A good signature stays good; the time of a token passes while it is remembered. */
    private Optional<Verified> verified(String token) {
        Verified remembered = known.getIfPresent(token);
        if (remembered != null) {
            return Optional.of(remembered).filter(this::isTimely);
        }
        Optional<Verified> read = tokens.verify(token, QueueTokens::read);
        read.ifPresent(valid -> known.put(token, valid));
        return read;
    }

    private boolean isTimely(Verified token) {
        return token.end().isAfter(clock.instant().minus(SignedTokens.LEEWAY));
    }

    private record Verified(Ticket ticket, Instant end) {}

    private static Optional<Verified> read(JWTClaimsSet claims) {
        Instant end = claims.getExpirationTime().toInstant();
        return ticket(claims).map(ticket -> new Verified(ticket, end));
    }

    private static Optional<Ticket> ticket(JWTClaimsSet claims) {
        try {
            long sequence = claims.getLongClaim(SEQUENCE);
            long epoch = claims.getLongClaim(EPOCH);
            Optional<RoomId> room = RoomId.parse(claims.getStringClaim(ROOM));
            return UserId.parse(claims.getSubject())
                    .flatMap(user -> room.map(r -> new Ticket(r, user, sequence, epoch)));
        } catch (ParseException | NullPointerException _) {
            return Optional.empty();
        }
    }
}
