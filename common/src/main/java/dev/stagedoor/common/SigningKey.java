package dev.stagedoor.common;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

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

    /**
     * Reads the written form. What is wrong is told without what was written: it may be a secret.
     */
    public static SigningKey parse(String text) {
        String[] parts = text.split(":", 2);
        if (parts.length != 2) {
            throw new IllegalArgumentException("a signing key is written id:base64url");
        }
        return new SigningKey(parts[0], decode(parts[1]));
    }

    /**
     * The keys of a property: not a conversion of Boot's, which prints what it cannot convert. No
     * two of one id, which is all that a token names of its key.
     */
    public static List<SigningKey> listOf(String property, List<String> keys) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(
                    property + " is missing: set it to id:base64url of at least 32 random bytes");
        }
        Map<String, SigningKey> byId = new LinkedHashMap<>();
        for (String written : keys) {
            SigningKey key = parse(property, written);
            if (byId.putIfAbsent(key.id(), key) != null) {
                throw new IllegalArgumentException(
                        property
                                + " has two keys of the id "
                                + key.id()
                                + ": give each one of its own");
            }
        }
        return List.copyOf(byId.values());
    }

    private static SigningKey parse(String property, String written) {
        try {
            return parse(written);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(property + ": " + e.getMessage());
        }
    }

    private static byte[] decode(String secret) {
        try {
            return Base64.getUrlDecoder().decode(secret);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException(
                    "the secret of a signing key is written in base64url");
        }
    }

    public static SigningKey random(String id) {
        byte[] secret = new byte[SHORTEST];
        new SecureRandom().nextBytes(secret);
        return new SigningKey(id, secret);
    }

    /** What only this key makes of a text: HMAC-SHA-256. */
    public byte[] mac(String text) {
        return newMac().doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    Mac newMac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    /** The form that {@link #parse} reads: it contains the secret. */
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
