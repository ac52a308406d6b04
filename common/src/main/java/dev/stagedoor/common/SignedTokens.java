package dev.stagedoor.common;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.SignedJWT;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import javax.crypto.Mac;

/**
 * Signs and verifies the tokens of one kind: JWS, HMAC-SHA-256 and nothing else. The first key
 * signs, all verify, so that a key can be replaced while tokens of the old one are still about. The
 * {@code typ} header names the kind: a token of one kind is no token of another, even under the
 * same key.
 *
 * <p>Tokens as we write them are read by hand, in a tenth of the time; any other spelling that JWS
 * allows is read by Nimbus.
 */
public final class SignedTokens {

    /** Clocks of two machines may differ by this much. */
    public static final Duration LEEWAY = Duration.ofSeconds(30);

    /** A clock may have been wrong, and whoever holds a token of that time cannot help it. */
    private static final Duration AHEAD = Duration.ofDays(1);

    /** Longer than any token we sign; nothing beyond it is even decoded. */
    private static final int LONGEST = 1024;

    private final String type;
    private final List<Seal> seals;
    private final Map<String, JWSVerifier> verifiers;
    private final InstantSource clock;

    public SignedTokens(String kind, List<SigningKey> keys, InstantSource clock) {
        this.type = "stagedoor-" + kind + "+jwt";
        this.seals = keys.stream().map(key -> new Seal(type, key)).toList();
        this.verifiers =
                keys.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        SigningKey::id, SignedTokens::verifier));
        this.clock = clock;
    }

    public String sign(Claims claims) {
        return seals.getFirst().sign(claims.toJson());
    }

    /**
     * What {@code read} makes of the claims, if the token is of this kind, signed by one of the
     * keys and within its time. Everything else, whatever is wrong with it, is empty.
     */
    public <T> Optional<T> verify(String token, Function<Claims, Optional<T>> read) {
        return verify(token, this::isTimely, read);
    }

    /** The same, however long ago its time was over. */
    <T> Optional<T> verifyFormer(String token, Function<Claims, Optional<T>> read) {
        return verify(token, this::hasBegun, read);
    }

    private <T> Optional<T> verify(
            String token, Predicate<Claims> isInTime, Function<Claims, Optional<T>> read) {
        if (token.length() > LONGEST) {
            return Optional.empty();
        }
        try {
            Claims claims = claims(token);
            return claims != null && isInTime.test(claims) ? read.apply(claims) : Optional.empty();
        } catch (ParseException
                | JOSEException
                | IllegalArgumentException
                | NoSuchElementException _) {
            return Optional.empty();
        }
    }

    private @Nullable Claims claims(String token) throws ParseException, JOSEException {
        for (Seal seal : seals) {
            if (seal.isOn(token)) {
                String payload = seal.open(token);
                if (payload == null) {
                    return null;
                }
                Claims plain = Claims.readPlain(payload);
                return plain == null ? claimsByNimbus(token) : plain;
            }
        }
        return claimsByNimbus(token);
    }

    private boolean isTimely(Claims claims) {
        return claims.end().isAfter(clock.instant().minus(LEEWAY)) && hasBegun(claims);
    }

    private boolean hasBegun(Claims claims) {
        return !claims.issued().isAfter(clock.instant().plus(AHEAD));
    }

    // ── any spelling ────────────────────────────────────────────────────────────────────────────

    private @Nullable Claims claimsByNimbus(String token) throws ParseException, JOSEException {
        SignedJWT parsed = SignedJWT.parse(token);
        if (!isOurs(parsed)) {
            return null;
        }
        Claims claims = Claims.none();
        parsed.getJWTClaimsSet().getClaims().forEach((name, value) -> take(claims, name, value));
        return claims;
    }

    private static void take(Claims claims, String name, @Nullable Object value) {
        switch (value) {
            case String text -> claims.put(name, text);
            case Number number -> claims.put(name, number.longValue());
            case Date time -> claims.put(name, time.toInstant().getEpochSecond());
            case null, default -> {} // we say nothing of another kind
        }
    }

    private boolean isOurs(SignedJWT token) throws JOSEException {
        JWSHeader claimed = token.getHeader();
        String keyId = claimed.getKeyID();
        JWSVerifier verifier = keyId == null ? null : verifiers.get(keyId);
        return verifier != null
                && JWSAlgorithm.HS256.equals(claimed.getAlgorithm())
                && new JOSEObjectType(type).equals(claimed.getType())
                && isCanonical(token.getSignature())
                && token.verify(verifier);
    }

    /**
     * The last character holds bits that no byte needs: with other ones it would spell the same
     * bytes.
     */
    private static boolean isCanonical(Base64URL signature) {
        return Base64URL.encode(signature.decode()).equals(signature);
    }

    private static JWSVerifier verifier(SigningKey key) {
        try {
            return new MACVerifier(key.secret());
        } catch (JOSEException e) {
            throw new IllegalArgumentException("key " + key + " cannot verify", e);
        }
    }

    /**
     * One key as it signs one kind of tokens: JWS in its compact form, HMAC-SHA-256, under a header
     * that is the same text in every token.
     */
    private static final class Seal {

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
}
