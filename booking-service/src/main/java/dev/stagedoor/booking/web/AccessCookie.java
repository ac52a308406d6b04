package dev.stagedoor.booking.web;

import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.time.Duration;

/**
 * The access token where a browser keeps it: the gateway reads it when the browser joins a line.
 * Over https the name itself sees to it that no other host has set it.
 */
final class AccessCookie {

    private static final Duration LIFETIME = Duration.ofDays(1);

    private AccessCookie() {}

    static ResponseCookie of(String token, ServerHttpRequest request) {
        boolean secure = "https".equals(request.getHeaders().getFirst("X-Forwarded-Proto"));
        return ResponseCookie.from(secure ? "__Host-access-token" : "access-token", token)
                .httpOnly(true)
                .secure(secure)
                .sameSite("Lax")
                .path("/")
                .maxAge(LIFETIME)
                .build();
    }
}
