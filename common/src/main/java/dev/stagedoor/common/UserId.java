package dev.stagedoor.common;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * A visitor, known or guest. Written as the 22 base64url characters of its UUID, in Redis and in
 * tokens.
 */
public record UserId(UUID uuid) {

    private static final int LENGTH = 22;

    public static UserId random() {
        return new UserId(UUID.randomUUID());
    }

    /**
     * Reads the 22 characters; anything else, also another spelling of the same bits, is nobody.
     */
    public static Optional<UserId> parse(String text) {
        if (text.length() != LENGTH) {
            return Optional.empty();
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            UserId user = new UserId(new UUID(bytes.getLong(), bytes.getLong()));
            return user.toString().equals(text) ? Optional.of(user) : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }
}
