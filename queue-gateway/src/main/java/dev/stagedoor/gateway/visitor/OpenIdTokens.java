package dev.stagedoor.gateway.visitor;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.visitor.Identities.Identity;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.Date;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Access tokens of an identity provider: signed by one of its public keys, for us, within their
 * time. Whom it knows by a subject is always the same user here.
 */
public final class OpenIdTokens implements Identities {

    /** Longer than any reasonable token; nothing beyond it is even decoded. */
    private static final int LONGEST = 8192;

    /** Public keys only: a shared secret is no way to tell the provider from anybody else. */
    private static final Set<JWSAlgorithm> SIGNED_BY_THE_PROVIDER =
            Set.of(
                    JWSAlgorithm.RS256,
                    JWSAlgorithm.RS384,
                    JWSAlgorithm.RS512,
                    JWSAlgorithm.PS256,
                    JWSAlgorithm.PS384,
                    JWSAlgorithm.PS512,
                    JWSAlgorithm.ES256,
                    JWSAlgorithm.ES384,
                    JWSAlgorithm.ES512);

    /** It says who somebody is to the page that asked, and is no leave to act for them. */
    private static final Set<String> OF_AN_ID_TOKEN = Set.of("nonce", "at_hash", "c_hash");

    private static final DefaultJOSEObjectTypeVerifier<SecurityContext> ACCESS_TOKEN =
            new DefaultJOSEObjectTypeVerifier<>(
                    JOSEObjectType.JWT,
                    new JOSEObjectType("at+jwt"),
                    new JOSEObjectType("application/at+jwt"),
                    null);

    private final String issuer;
    private final IssuerKeys keys;
    private final Claims claims;

    /**
     * @param clock for the times that tokens name
     * @param nanoTime for when keys were asked for
     */
    public OpenIdTokens(
            URI issuer, IdentityProperties properties, InstantSource clock, LongSupplier nanoTime) {
        this.issuer = issuer.toString();
        this.keys = new IssuerKeys(issuer, properties, nanoTime);
        this.claims = new Claims(this.issuer, properties, clock);
    }

    @Override
    public Mono<Identity> identify(String accessToken) {
        return Mono.fromCallable(() -> parse(accessToken))
                .flatMap(this::identify)
                .onErrorReturn(ParseException.class, new Identity.Refused());
    }

    private static SignedJWT parse(String token) throws ParseException {
        if (token.length() > LONGEST) {
            throw new ParseException("too long", LONGEST);
        }
        return SignedJWT.parse(token);
    }

    private Mono<Identity> identify(SignedJWT token) {
        String key = token.getHeader().getKeyID();
        return keys.keys(known -> key == null || known.getKeyByKeyId(key) != null)
                .map(known -> verify(token, known))
                .onErrorReturn(new Identity.Unavailable());
    }

    private Identity verify(SignedJWT token, JWKSet known) {
        var processor = new DefaultJWTProcessor<>();
        processor.setJWSTypeVerifier(ACCESS_TOKEN);
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(
                        SIGNED_BY_THE_PROVIDER, new ImmutableJWKSet<>(known)));
        processor.setJWTClaimsSetVerifier(claims);
        try {
            String subject = processor.process(token, null).getSubject();
            return new Identity.Known(new Bearer(UserId.named(issuer, subject), null));
        } catch (BadJOSEException | JOSEException _) {
            return new Identity.Refused();
        }
    }

    /** Issuer, audience, subject and time; a minute of difference between clocks is forgiven. */
    private static final class Claims extends DefaultJWTClaimsVerifier<SecurityContext> {
        private final InstantSource clock;

        Claims(String issuer, IdentityProperties properties, InstantSource clock) {
            super(
                    audience(properties),
                    new JWTClaimsSet.Builder().issuer(issuer).build(),
                    Set.of("sub", "exp"),
                    OF_AN_ID_TOKEN);
            this.clock = clock;
        }

        private static @Nullable Set<String> audience(IdentityProperties properties) {
            String audience = properties.audience();
            return audience == null || audience.equals(IdentityProperties.ANY)
                    ? null
                    : Set.of(audience);
        }

        @Override
        protected Date currentTime() {
            return Date.from(clock.instant());
        }
    }
}
