package dev.stagedoor.gateway.token;

import dev.stagedoor.common.Claims;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SignedTokens;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

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

    /**
     * What is left of a token that is not replaced yet, and how long a browser keeps one: longer
     * than anybody waits and shops, though people may line up days before a sale.
     */
    public static final Duration LONG_ENOUGH = Duration.ofDays(7);

    /** A power of two. */
    private static final int RECENT = 4096;

    /** A power of two. */
    private static final int ROOMS = 64;

    private static final String ROOM = "room";
    private static final String SEQUENCE = "seq";
    private static final String EPOCH = "epoch";

    private final SignedTokens tokens;
    private final InstantSource clock;

    /**
     * Whoever loads a page or polls again at once shows the same token: the last good one of each
     * slot is known without its signature. At most 3 MB, however many tokens there are.
     */
    private final AtomicReferenceArray<Verified> recent = new AtomicReferenceArray<>(RECENT);

    /** By their hashes: only who comes again is kept, so that a crowd costs no writes. */
    private final int[] lately = new int[RECENT];

    private final AtomicReferenceArray<RoomId> rooms = new AtomicReferenceArray<>(ROOMS);

    public QueueTokens(List<SigningKey> keys, InstantSource clock) {
        this.tokens = new SignedTokens("queue", keys, clock);
        this.clock = clock;
    }

    public String sign(Ticket ticket) {
        long month = clock.instant().getEpochSecond() / MONTH * MONTH;
        return tokens.sign(
                Claims.of(ticket.user().toString())
                        .with(EPOCH, ticket.epoch())
                        .during(
                                Instant.ofEpochSecond(month),
                                Instant.ofEpochSecond(month + 2 * MONTH))
                        .with(ROOM, ticket.room().name())
                        .with(SEQUENCE, ticket.sequence()));
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
        int hash = token.hashCode();
        int slot = hash & RECENT - 1;
        boolean comesAgain = lately[slot] == hash;
        Verified last = comesAgain ? recent.getAcquire(slot) : null;
        if (last != null && last.token().equals(token)) {
            return isTimely(last) ? Optional.of(last) : Optional.empty();
        }
        lately[slot] = hash;
        Optional<Verified> read =
                tokens.verify(
                        token,
                        claims ->
                                ticket(claims)
                                        .map(ticket -> new Verified(token, ticket, claims.end())));
        if (comesAgain) {
            read.ifPresent(valid -> recent.setRelease(slot, valid));
        }
        return read;
    }

    private boolean isTimely(Verified token) {
        return token.end().isAfter(clock.instant().minus(SignedTokens.LEEWAY));
    }

    private record Verified(String token, Ticket ticket, Instant end) {}

    private Optional<Ticket> ticket(Claims claims) {
        long sequence = claims.number(SEQUENCE);
        long epoch = claims.number(EPOCH);
        Optional<RoomId> room = room(claims.text(ROOM));
        return UserId.parse(claims.subject())
                .flatMap(user -> room.map(r -> new Ticket(r, user, sequence, epoch)));
    }

    /** One object for all tickets of a room. */
    private Optional<RoomId> room(String name) {
        int slot = name.hashCode() & ROOMS - 1;
        RoomId last = rooms.getAcquire(slot);
        if (last != null && last.name().equals(name)) {
            return Optional.of(last);
        }
        Optional<RoomId> read = RoomId.parse(name);
        read.ifPresent(room -> rooms.setRelease(slot, room));
        return read;
    }
}
