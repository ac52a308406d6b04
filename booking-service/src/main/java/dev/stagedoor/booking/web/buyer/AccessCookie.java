package dev.stagedoor.booking.web.buyer;

import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.time.Duration;
import java.util.Optional;

/**
 * The access token where a browser keeps it: the gateway reads it there. Over https the name itself
 * sees to it that no other host has set it. It is kept for longer than the token is good, since
 * another one is had for it.
 */
final class AccessCookie {

    private static final Duration KEPT = Duration.ofDays(30);
    private static final String BEARER = "Bearer ";

    private AccessCookie() {}

    static ResponseCookie of(String token, ServerHttpRequest request) {
        return cookie(token, KEPT, request);
    }

    static ResponseCookie none(ServerHttpRequest request) {
        return cookie("", Duration.ZERO, request);
    }

    /** The token of a program, or else of a browser. */
    static Optional<String> shown(ServerHttpRequest request) {
        return shownByAProgram(request)
                .or(
                        () ->
                                Optional.ofNullable(request.getCookies().getFirst(name(request)))
                                        .map(HttpCookie::getValue));
    }

    static Optional<String> shownByAProgram(ServerHttpRequest request) {
        return Optional.ofNullable(request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION))
                .filter(it -> it.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(it -> it.substring(BEARER.length()).strip());
    }

    private static ResponseCookie cookie(String token, Duration kept, ServerHttpRequest request) {
        return ResponseCookie.from(name(request), token)
                .httpOnly(true)
                .secure(isSecure(request))
                .sameSite("Lax")
                .path("/")
                .maxAge(kept)
                .build();
    }

    private static String name(ServerHttpRequest request) {
        return isSecure(request) ? "__Host-access-token" : "access-token";
    }

    private static boolean isSecure(ServerHttpRequest request) {
        return "https".equals(request.getHeaders().getFirst("X-Forwarded-Proto"));
    }
}
