package dev.stagedoor.gateway.web;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.forward.QueueCookies;

import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.time.Duration;
import java.util.Optional;

/**
 * Where a request carries its tokens: in headers if it is a program's, in a cookie if it is a
 * browser's.
 */
final class Credentials {

    private static final String ACCESS_COOKIE = "access-token";
    private static final String SECURE_ACCESS_COOKIE = "__Host-access-token";
    private static final String BEARER = "Bearer ";
    private static final Duration COOKIE_LIFETIME = Duration.ofDays(1);

    private Credentials() {}

    /** The queue token for this room, header before cookie. */
    static Optional<String> queueToken(ServerHttpRequest request, RoomId room) {
        return queueTokenHeader(request).or(() -> cookie(request, room));
    }

    /**
     * The queue token for whatever room it names: the header, or the cookie of the room that the
     * query asks about, or the only cookie of a room.
     */
    static Optional<String> queueToken(ServerHttpRequest request) {
        return queueTokenHeader(request).or(() -> cookieAskedAbout(request));
    }

    static Optional<String> accessToken(ServerHttpRequest request) {
        return Optional.ofNullable(request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION))
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip());
    }

    /** The access token of a browser, which cannot send a header with the page it asks for. */
    static Optional<String> accessCookie(ServerHttpRequest request) {
        return cookie(request, SECURE_ACCESS_COOKIE, ACCESS_COOKIE);
    }

    /** What shows that a browser keeps cookies, before it is worth a place. */
    static ResponseCookie probe(boolean secure, RoomId room) {
        return cookie(secure, room, "none", COOKIE_LIFETIME);
    }

    /**
     * @param secure over https the name itself sees to it that no other host has set the cookie
     */
    static ResponseCookie keep(boolean secure, RoomId room, String token) {
        return cookie(secure, room, token, COOKIE_LIFETIME);
    }

    static ResponseCookie forget(boolean secure, RoomId room) {
        return cookie(secure, room, "", Duration.ZERO);
    }

    private static Optional<String> queueTokenHeader(ServerHttpRequest request) {
        return Optional.ofNullable(request.getHeaders().getFirst(Headers.QUEUE_TOKEN));
    }

    private static Optional<String> cookie(ServerHttpRequest request, RoomId room) {
        return cookie(
                request,
                QueueCookies.name(true, room.name()),
                QueueCookies.name(false, room.name()));
    }

    private static Optional<String> cookie(
            ServerHttpRequest request, String secureName, String plainName) {
        HttpCookie secure = request.getCookies().getFirst(secureName);
        HttpCookie plain = secure != null ? secure : request.getCookies().getFirst(plainName);
        return Optional.ofNullable(plain).map(HttpCookie::getValue);
    }

    private static Optional<String> cookieAskedAbout(ServerHttpRequest request) {
        return request.getURI().getRawQuery() == null
                ? anyCookie(request)
                : Optional.ofNullable(request.getQueryParams().getFirst("room"))
                        .flatMap(RoomId::parse)
                        .map(room -> cookie(request, room))
                        .orElseGet(() -> anyCookie(request));
    }

    private static Optional<String> anyCookie(ServerHttpRequest request) {
        return request.getCookies().entrySet().stream()
                .filter(cookie -> QueueCookies.isOurs(cookie.getKey()))
                .map(cookie -> cookie.getValue().getFirst().getValue())
                .findFirst();
    }

    private static ResponseCookie cookie(
            boolean secure, RoomId room, String token, Duration lifetime) {
        return ResponseCookie.from(QueueCookies.name(secure, room.name()), token)
                .httpOnly(true)
                .secure(secure)
                .sameSite("Lax")
                .path("/")
                .maxAge(lifetime)
                .build();
    }
}
