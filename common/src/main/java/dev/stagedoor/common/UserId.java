package dev.stagedoor.common;

import com.fasterxml.jackson.annotation.JsonValue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * A visitor, known or guest. Written as the 22 base64url characters of its UUID, in Redis and in
 * tokens. It is compared with each poll: the bits are here, and not in one more object.
 */
public record UserId(long high, long low) {

    private static final int LENGTH = 22;

    /** The last character holds two bits; with others it would spell the same id. */
    private static final String LAST = "AQgw";

    /** Version 8: made of what the maker likes. */
    private static final long NAMED = 8;

    /** A version that no standard gives out. */
    private static final long GUEST = 9;

    public UserId(UUID uuid) {
        this(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    public static UserId random() {
        return new UserId(UUID.randomUUID());
    }

    /**
     * Somebody whom an identity provider knows by that subject: always the same id, and of a UUID
     * version that is never drawn at random.
     */
    public static UserId named(String issuer, String subject) {
        String text = issuer + '\n' + subject;
        ByteBuffer hash = ByteBuffer.wrap(Sha256.of(text.getBytes(StandardCharsets.UTF_8)));
        long high = hash.getLong() & ~0xF000L | NAMED << 12;
        long low = hash.getLong() & ~(3L << 62) | 2L << 62;
        return new UserId(high, low);
    }

    /**
     * Somebody of whom only a mark is known, which stands in front: whoever reads it finds all
     * guests of one mark.
     *
     * @param mark of which the first 36 bits are taken, so that six characters say it
     */
    public static UserId guest(long mark) {
        UUID random = UUID.randomUUID();
        long high = mark & ~0L << 28 | random.getMostSignificantBits() & 0xFFF_FFFFL;
        return new UserId(high & ~0xF000L | GUEST << 12, random.getLeastSignificantBits());
    }

    /** Whether an identity provider stands behind this user. */
    public boolean isNamed() {
        return uuid().version() == NAMED;
    }

    public UUID uuid() {
        return new UUID(high, low);
    }

    /**
     * Reads the 22 characters; anything else, also another spelling of the same bits, is nobody.
     */
    public static Optional<UserId> parse(String text) {
        if (text.length() != LENGTH || LAST.indexOf(text.charAt(LENGTH - 1)) < 0) {
            return Optional.empty();
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            return Optional.of(new UserId(bytes.getLong(), bytes.getLong()));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    @Override
    @JsonValue
    public String toString() {
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(high).putLong(low);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }
}
