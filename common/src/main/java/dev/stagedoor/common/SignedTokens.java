package dev.stagedoor.common;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.jspecify.annotations.Nullable;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Signs and verifies the tokens of one kind: JWS, HMAC-SHA-256 and nothing else. The first key
 * signs, all verify, so that a key can be replaced while tokens of the old one are still about. The
 * {@code typ} header names the kind: a token of one kind is no token of another, even under the
 * same key.
 */
public final class SignedTokens {

    /** Clocks of two machines may differ by this much. */
    public static final Duration LEEWAY = Duration.ofSeconds(30);

    /** Longer than any token we sign; nothing beyond it is even decoded. */
    private static final int LONGEST = 1024;

    private final JWSHeader header;
    private final JWSSigner signer;
    private final Map<String, JWSVerifier> verifiers;
    private final InstantSource clock;

    public SignedTokens(String kind, List<SigningKey> keys, InstantSource clock) {
        SigningKey current = keys.getFirst();
        this.header =
                new JWSHeader.Builder(JWSAlgorithm.HS256)
                        .type(new JOSEObjectType("stagedoor-" + kind + "+jwt"))
                        .keyID(current.id())
                        .build();
        try {
            this.signer = new MACSigner(current.secret());
        } catch (JOSEException e) {
            throw new IllegalArgumentException("key " + current + " cannot sign", e);
        }
        this.verifiers =
                keys.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        SigningKey::id, SignedTokens::verifier));
        this.clock = clock;
    }

    public String sign(JWTClaimsSet claims) {
        SignedJWT token = new SignedJWT(header, claims);
        try {
            token.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("a checked key does not sign", e);
        }
        return token.serialize();
    }

    /**
     * What {@code read} makes of the claims, if the token is of this kind, signed by one of the
     * keys and within its time. Everything else, whatever is wrong with it, is empty.
     */
    public <T> Optional<T> verify(String token, Function<JWTClaimsSet, Optional<T>> read) {
        if (token.length() > LONGEST) {
            return Optional.empty();
        }
        try {
            SignedJWT parsed = SignedJWT.parse(token);
            return isOurs(parsed) && isTimely(parsed.getJWTClaimsSet())
                    ? read.apply(parsed.getJWTClaimsSet())
                    : Optional.empty();
        } catch (ParseException | JOSEException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private boolean isOurs(SignedJWT token) throws JOSEException {
        JWSHeader claimed = token.getHeader();
        JWSVerifier verifier = verifierOf(claimed.getKeyID());
        return verifier != null
                && header.getAlgorithm().equals(claimed.getAlgorithm())
                && header.getType().equals(claimed.getType())
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

    private @Nullable JWSVerifier verifierOf(@Nullable String keyId) {
        return keyId == null ? null : verifiers.get(keyId);
    }

    private boolean isTimely(JWTClaimsSet claims) {
        Instant now = clock.instant();
        return isAfter(claims.getExpirationTime(), now.minus(LEEWAY))
                && !isAfter(claims.getIssueTime(), now.plus(LEEWAY));
    }

    private static boolean isAfter(@Nullable Date time, Instant instant) {
        return time != null && time.toInstant().isAfter(instant);
    }

    private static JWSVerifier verifier(SigningKey key) {
        try {
            return new MACVerifier(key.secret());
        } catch (JOSEException e) {
            throw new IllegalArgumentException("key " + key + " cannot verify", e);
        }
    }
}
