package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.QueueCookies;
import dev.stagedoor.gateway.request.TrustedProxies;

import io.netty.handler.codec.http.HttpHeaderNames;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a request carries its tokens: in headers if it is a program's, in a cookie if it is a
 * browser's. Over https that is a cookie whose name sees to it that no other host has set it, and
 * no other one is believed.
 */
@Component
public final class Credentials {

    private static final String ACCESS_COOKIE = "access-token";
    private static final String BEARER = "Bearer ";
    private static final Duration COOKIE_LIFETIME = Duration.ofDays(1);
    private static final Pattern ROOM_ASKED_ABOUT = Pattern.compile("(?:^|&)room=([^&]*)");

    private final TrustedProxies proxies;

    public Credentials(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    // ── shown ───────────────────────────────────────────────────────────────────────────────────

    /** The queue token for this room, header before cookie. */
    public @Nullable String queueToken(Caller caller, RoomId room) {
        String shown = caller.header(Headers.QUEUE_TOKEN);
        return shown == null ? cookie(caller, QueueCookies.PREFIX + room) : shown;
    }

    /**
     * The queue token for whatever room it names: the header, or the cookie of the room that the
     * query asks about, or the only cookie of a room.
     */
    public @Nullable String queueToken(Caller caller) {
        String shown = caller.header(Headers.QUEUE_TOKEN);
        return shown == null ? cookieAskedAbout(caller) : shown;
    }

    Optional<String> accessToken(Caller caller) {
        return Optional.ofNullable(caller.header(HttpHeaderNames.AUTHORIZATION))
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip());
    }

    /** The access token of a browser, which cannot send a header with the page it asks for. */
    Optional<String> accessCookie(Caller caller) {
        return Optional.ofNullable(cookie(caller, ACCESS_COOKIE));
    }

    private @Nullable String cookie(Caller caller, String name) {
        return caller.cookie(named(name, caller));
    }

    private @Nullable String cookieAskedAbout(Caller caller) {
        Optional<RoomId> room = roomAskedAbout(caller.query());
        if (room.isPresent()) {
            return cookie(caller, QueueCookies.PREFIX + room.get());
        }
        String ours = named(QueueCookies.PREFIX, caller);
        return caller.cookie((String name) -> name.startsWith(ours));
    }

    private static Optional<RoomId> roomAskedAbout(@Nullable String query) {
        if (query == null) {
            return Optional.empty();
        }
        Matcher asked = ROOM_ASKED_ABOUT.matcher(query);
        return asked.find() ? RoomId.parse(decoded(asked.group(1))) : Optional.empty();
    }

    private static String decoded(String value) {
        return value.indexOf('%') < 0 ? value : URLDecoder.decode(value, StandardCharsets.UTF_8);
    }

    // ── given ───────────────────────────────────────────────────────────────────────────────────

    /** What shows that a browser keeps cookies, before it is worth a place. */
    public String probe(Caller caller, RoomId room) {
        return cookie(caller, room, "none", COOKIE_LIFETIME);
    }

    public String keep(Caller caller, RoomId room, String token) {
        return cookie(caller, room, token, COOKIE_LIFETIME);
    }

    public String forget(Caller caller, RoomId room) {
        return cookie(caller, room, "", Duration.ZERO);
    }

    /** A {@code Set-Cookie}, the same whoever writes it. */
    private String cookie(Caller caller, RoomId room, String token, Duration lifetime) {
        return named(QueueCookies.PREFIX + room, caller)
                + "="
                + token
                + "; Max-Age="
                + lifetime.toSeconds()
                + (isSecure(caller) ? "; Path=/; Secure" : "; Path=/")
                + "; HttpOnly; SameSite=Lax";
    }

    private String named(String name, Caller caller) {
        return isSecure(caller) ? QueueCookies.SECURE + name : name;
    }

    public boolean isSecure(Caller caller) {
        return proxies.isSecure(caller.scheme(), caller.peer(), caller.header("X-Forwarded-Proto"));
    }
}
