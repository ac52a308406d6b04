package dev.stagedoor.common;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

import javax.crypto.Mac;

/**
 * One key as it signs one kind of tokens: JWS in its compact form, HMAC-SHA-256, under a header
 * that is the same text in every token.
 */
final class Seal {

    /** A dot, and 32 bytes in base64url. */
    private static final int SIGNATURE = 1 + 43;

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final String head;

    /** A {@code Mac} serves one thread at a time, and is dear to make. */
    private final ThreadLocal<Mac> mac;

    Seal(String type, SigningKey key) {
        this.head =
                new JWSHeader.Builder(JWSAlgorithm.HS256)
                                .type(new JOSEObjectType(type))
                                .keyID(key.id())
                                .build()
                                .toBase64URL()
                        + ".";
        this.mac = ThreadLocal.withInitial(key::newMac);
    }

    String sign(String payload) {
        String text = head + ENCODER.encodeToString(payload.getBytes(StandardCharsets.UTF_8));
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] signature = signature(bytes, bytes.length);
        return text + "." + new String(signature, StandardCharsets.ISO_8859_1);
    }

    /** Whether a token has this very header, and a signature of the right length. */
    boolean isOn(String token) {
        int dot = token.length() - SIGNATURE;
        return dot >= head.length() && token.charAt(dot) == '.' && token.startsWith(head);
    }

    /**
     * What a token says; null if its signature is not that of the text before it, in its one
     * spelling: the last character holds bits that no byte needs.
     *
     * @throws IllegalArgumentException if it is not base64url
     */
    @Nullable String open(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        int dot = bytes.length - SIGNATURE;
        byte[] shown = Arrays.copyOfRange(bytes, dot + 1, bytes.length);
        if (!MessageDigest.isEqual(signature(bytes, dot), shown)) {
            return null;
        }
        byte[] payload = Arrays.copyOfRange(bytes, head.length(), dot);
        return new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8);
    }

    private byte[] signature(byte[] text, int length) {
        Mac own = mac.get();
        own.update(text, 0, length);
        return ENCODER.encode(own.doFinal());
    }
}
