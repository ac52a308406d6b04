package dev.stagedoor.gateway.ops.signin;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.util.Base64URL;

import dev.stagedoor.common.Claims;
import dev.stagedoor.common.SignedTokens;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.operators.Login;
import dev.stagedoor.common.operators.Operators;

import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Browsers that are signed in. The cookie is a signed token, so that it holds on every gateway with
 * the same settings and survives a restart; it is void when the password or the role of its
 * operator has changed. One that was signed out is remembered where that happened.
 */
public final class ConsoleSessions {

    private static final String COOKIE = "stagedoor-ops";

    private static final String ACCOUNT = "account";

    private final Operators operators;
    private final SigningKey key;
    private final SignedTokens tokens;
    private final Duration length;
    private final InstantSource clock;
    private final Cache<String, Boolean> signedOut;

    /**
     * @param key the same on every gateway
     */
    public ConsoleSessions(
            Operators operators, SigningKey key, Duration length, InstantSource clock) {
        this.operators = operators;
        this.key = key;
        this.tokens = new SignedTokens("ops", List.of(key), clock);
        this.length = length;
        this.clock = clock;
        this.signedOut = Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(length).build();
    }

    private record Session(String id, Login login) {}

    public ResponseCookie begin(String name, boolean secure) {
        Instant now = clock.instant();
        String token =
                tokens.sign(
                        Claims.of(name)
                                .during(now, now.plus(length))
                                .with(ACCOUNT, seal(name))
                                .withId(UUID.randomUUID().toString()));
        return cookie(token, length, secure);
    }

    /** Whoever is signed in. */
    Optional<Login> find(ServerHttpRequest request) {
        return session(request)
                .filter(session -> signedOut.getIfPresent(session.id()) == null)
                .map(Session::login);
    }

    public ResponseCookie end(ServerHttpRequest request, boolean secure) {
        session(request).ifPresent(session -> signedOut.put(session.id(), true));
        return cookie("", Duration.ZERO, secure);
    }

    private Optional<Session> session(ServerHttpRequest request) {
        return Optional.ofNullable(request.getCookies().getFirst(COOKIE))
                .map(HttpCookie::getValue)
                .flatMap(token -> tokens.verify(token, this::read));
    }

    private Optional<Session> read(Claims claims) {
        String name = claims.subject();
        String id = claims.id();
        if (!seal(name).equals(claims.text(ACCOUNT))) {
            return Optional.empty();
        }
        return operators
                .account(name)
                .map(account -> new Session(id, new Login.Granted(name, account.role())));
    }

    private String seal(String name) {
        String settings =
                operators
                        .account(name)
                        .map(account -> account.role() + "\n" + account.password())
                        .orElse("");
        return Base64URL.encode(key.mac(name + "\n" + settings)).toString();
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
