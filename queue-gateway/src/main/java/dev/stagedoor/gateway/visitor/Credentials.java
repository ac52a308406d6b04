package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.forward.QueueCookies;
import dev.stagedoor.gateway.forward.TrustedProxies;

import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.time.Duration;
import java.util.Optional;

/**
 * Where a request carries its tokens: in headers if it is a program's, in a cookie if it is a
 * browser's. Over https that is a cookie whose name sees to it that no other host has set it, and
 * no other one is believed.
 */
public final class Credentials {

    private static final String ACCESS_COOKIE = "access-token";
    private static final String BEARER = "Bearer ";
    private static final Duration COOKIE_LIFETIME = Duration.ofDays(1);

    private final TrustedProxies proxies;

    public Credentials(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    // ── shown ───────────────────────────────────────────────────────────────────────────────────

    /** The queue token for this room, header before cookie. */
    public Optional<String> queueToken(ServerHttpRequest request, RoomId room) {
        return queueTokenHeader(request).or(() -> cookie(request, QueueCookies.PREFIX + room));
    }

    /**
     * The queue token for whatever room it names: the header, or the cookie of the room that the
     * query asks about, or the only cookie of a room.
     */
    public Optional<String> queueToken(ServerHttpRequest request) {
        return queueTokenHeader(request).or(() -> cookieAskedAbout(request));
    }

    Optional<String> accessToken(ServerHttpRequest request) {
        return Optional.ofNullable(request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION))
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip());
    }

    /** The access token of a browser, which cannot send a header with the page it asks for. */
    Optional<String> accessCookie(ServerHttpRequest request) {
        return cookie(request, ACCESS_COOKIE);
    }

    private static Optional<String> queueTokenHeader(ServerHttpRequest request) {
        return Optional.ofNullable(request.getHeaders().getFirst(Headers.QUEUE_TOKEN));
    }

    private Optional<String> cookie(ServerHttpRequest request, String name) {
        return Optional.ofNullable(request.getCookies().getFirst(named(name, request)))
                .map(HttpCookie::getValue);
    }

    private Optional<String> cookieAskedAbout(ServerHttpRequest request) {
        return request.getURI().getRawQuery() == null
                ? anyCookie(request)
                : Optional.ofNullable(request.getQueryParams().getFirst("room"))
                        .flatMap(RoomId::parse)
                        .map(room -> cookie(request, QueueCookies.PREFIX + room))
                        .orElseGet(() -> anyCookie(request));
    }

    private Optional<String> anyCookie(ServerHttpRequest request) {
        String ours = named(QueueCookies.PREFIX, request);
        return request.getCookies().entrySet().stream()
                .filter(cookie -> cookie.getKey().startsWith(ours))
                .map(cookie -> cookie.getValue().getFirst().getValue())
                .findFirst();
    }

    // ── given ───────────────────────────────────────────────────────────────────────────────────

    /** What shows that a browser keeps cookies, before it is worth a place. */
    public ResponseCookie probe(ServerHttpRequest request, RoomId room) {
        return cookie(request, room, "none", COOKIE_LIFETIME);
    }

    public ResponseCookie keep(ServerHttpRequest request, RoomId room, String token) {
        return cookie(request, room, token, COOKIE_LIFETIME);
    }

    public ResponseCookie forget(ServerHttpRequest request, RoomId room) {
        return cookie(request, room, "", Duration.ZERO);
    }

    private ResponseCookie cookie(
            ServerHttpRequest request, RoomId room, String token, Duration lifetime) {
        return ResponseCookie.from(named(QueueCookies.PREFIX + room, request), token)
                .httpOnly(true)
                .secure(isSecure(request))
                .sameSite("Lax")
                .path("/")
                .maxAge(lifetime)
                .build();
    }

    private String named(String name, ServerHttpRequest request) {
        return isSecure(request) ? QueueCookies.SECURE + name : name;
    }

    public boolean isSecure(ServerHttpRequest request) {
        return proxies.isSecure(
                request.getURI().getScheme(),
                request.getRemoteAddress(),
                request.getHeaders().getFirst("X-Forwarded-Proto"));
    }
}
