package dev.stagedoor.gateway.ops.signin;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jwt.JWTClaimsSet;

import dev.stagedoor.common.SignedTokens;
import dev.stagedoor.common.SigningKey;

import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Browsers that are signed in. The cookie is a signed token, so that it holds on every gateway with
 * the same password and survives a restart; one that was signed out is remembered where that
 * happened.
 */
public final class ConsoleSessions {

    private static final String COOKIE = "stagedoor-ops";

    private final SignedTokens tokens;
    private final Duration length;
    private final InstantSource clock;
    private final Cache<String, Boolean> signedOut;

    public ConsoleSessions(SigningKey key, Duration length, InstantSource clock) {
        this.tokens = new SignedTokens("ops", List.of(key), clock);
        this.length = length;
        this.clock = clock;
        this.signedOut = Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(length).build();
    }

    private record Session(String id, String name) {}

    public ResponseCookie begin(String name, boolean secure) {
        Instant now = clock.instant();
        String token =
                tokens.sign(
                        new JWTClaimsSet.Builder()
                                .subject(name)
                                .jwtID(UUID.randomUUID().toString())
                                .issueTime(Date.from(now))
                                .expirationTime(Date.from(now.plus(length)))
                                .build());
        return cookie(token, length, secure);
    }

    /** The name of whoever is signed in. */
    Optional<String> find(ServerHttpRequest request) {
        return session(request)
                .filter(session -> signedOut.getIfPresent(session.id()) == null)
                .map(Session::name);
    }

    public ResponseCookie end(ServerHttpRequest request, boolean secure) {
        session(request).ifPresent(session -> signedOut.put(session.id(), true));
        return cookie("", Duration.ZERO, secure);
    }

    private Optional<Session> session(ServerHttpRequest request) {
        return Optional.ofNullable(request.getCookies().getFirst(COOKIE))
                .map(HttpCookie::getValue)
                .flatMap(token -> tokens.verify(token, ConsoleSessions::read));
    }

    private static Optional<Session> read(JWTClaimsSet claims) {
        return claims.getSubject() == null || claims.getJWTID() == null
                ? Optional.empty()
                : Optional.of(new Session(claims.getJWTID(), claims.getSubject()));
    }

    private static ResponseCookie cookie(String value, Duration length, boolean secure) {
        return ResponseCookie.from(COOKIE, value)
                .httpOnly(true)
                .secure(secure)
                .sameSite("Strict")
                .path("/ops")
                .maxAge(length)
                .build();
    }
}
