package dev.stagedoor.common;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A secret of 256 bits or more and the name it goes by in token headers. Written {@code
 * id:base64url}.
 */
public record SigningKey(String id, byte[] secret) {

    private static final int SHORTEST = 32;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,32}");

    public SigningKey {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "a key id is 1 to 32 of A-Z, a-z, 0-9, '.', '_', '-'");
        }
        if (secret.length < SHORTEST) {
            throw new IllegalArgumentException(
                    "key " + id + " is shorter than " + SHORTEST + " bytes");
        }
        secret = secret.clone();
    }

    /** Also what turns a property into a key. */
    public static SigningKey valueOf(String text) {
        String[] parts = text.split(":", 2);
        if (parts.length != 2) {
            throw new IllegalArgumentException("a signing key is written id:base64url");
        }
        return new SigningKey(parts[0], Base64.getUrlDecoder().decode(parts[1]));
    }

    public static SigningKey random(String id) {
        byte[] secret = new byte[SHORTEST];
        new SecureRandom().nextBytes(secret);
        return new SigningKey(id, secret);
    }

    /** The form that {@link #valueOf} reads: it contains the secret. */
    public String encoded() {
        return id + ":" + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    }

    @Override
    public byte[] secret() {
        return secret.clone();
    }

    @Override
    public String toString() {
        return id;
    }
}
