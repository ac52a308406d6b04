package dev.stagedoor.gateway.ops.signin;

import dev.stagedoor.gateway.waitingroom.Operator;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Knows operators: browsers by the cookie of their session, programs by the password in every
 * request, as {@code Basic} with any name or as {@code Bearer}.
 */
public final class OperatorLogin {

    /** No other site's page can send it without being asked first. */
    static final String CONSOLE_HEADER = "Ops-Console";

    static final String NAMELESS = "ops";

    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._@-]{1,64}");
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final String BASIC = "Basic ";
    private static final String BEARER = "Bearer ";

    private final Password password;
    private final ConsoleSessions sessions;
    private final Guesses guesses;

    public OperatorLogin(Password password, ConsoleSessions sessions, Guesses guesses) {
        this.password = password;
        this.sessions = sessions;
        this.guesses = guesses;
    }

    /** A name and a password, as a request has shown them. */
    private record Shown(String name, String password) {}

    /**
     * In this order: pages of others get nothing, whatever credential their browser adds; a
     * password that is shown decides; without one the session does.
     */
    public Login enter(ServerHttpRequest request) {
        if (isForeign(request)) {
            return new Login.Foreign();
        }
        return shown(request)
                .map(it -> enter(request, it.name(), it.password()))
                .orElseGet(() -> session(request));
    }

    /** Somebody signs in. */
    public Login enter(ServerHttpRequest request, String name, String guess) {
        InetAddress address = address(request);
        Optional<Login> tooSoon = guesses.mustWait(address).map(Login.TooSoon::new);
        if (tooSoon.isPresent()) {
            return tooSoon.get();
        }
        if (password.is(guess)) {
            return granted(request, name);
        }
        guesses.wrong(address);
        return new Login.Refused();
    }

    /**
     * Every browser says of a request that changes something where it comes from; no program needs
     * to.
     */
    public boolean isForeign(ServerHttpRequest request) {
        String site = request.getHeaders().getFirst("Sec-Fetch-Site");
        String origin = request.getHeaders().getFirst(HttpHeaders.ORIGIN);
        return site != null && !OWN_SITE.contains(site)
                || origin != null && !isOwn(origin, request);
    }

    public static boolean isConsole(ServerHttpRequest request) {
        return request.getHeaders().containsHeader(CONSOLE_HEADER);
    }

    private Login session(ServerHttpRequest request) {
        Optional<String> name = sessions.find(request);
        if (name.isEmpty()) {
            return new Login.Refused();
        }
        return READING.contains(request.getMethod()) || isConsole(request)
                ? granted(request, name.get())
                : new Login.Foreign();
    }

    private static Login granted(ServerHttpRequest request, String name) {
        return new Login.Granted(
                new Operator(
                        NAME.matcher(name).matches() ? name : NAMELESS,
                        address(request).getHostAddress()));
    }

    private static boolean isOwn(String origin, ServerHttpRequest request) {
        try {
            String host = request.getHeaders().getFirst(HttpHeaders.HOST);
            return host != null && host.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static Optional<Shown> shown(ServerHttpRequest request) {
        String shown = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        if (shown == null) {
            return Optional.empty();
        }
        if (shown.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Optional.of(new Shown(NAMELESS, shown.substring(BEARER.length()).strip()));
        }
        return shown.regionMatches(true, 0, BASIC, 0, BASIC.length())
                ? Optional.of(basic(shown.substring(BASIC.length()).strip()))
                : Optional.of(new Shown(NAMELESS, ""));
    }

    private static Shown basic(String encoded) {
        try {
            String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            return colon < 0
                    ? new Shown(NAMELESS, "")
                    : new Shown(pair.substring(0, colon), pair.substring(colon + 1));
        } catch (IllegalArgumentException _) {
            return new Shown(NAMELESS, "");
        }
    }

    private static InetAddress address(ServerHttpRequest request) {
        InetSocketAddress remote = request.getRemoteAddress();
        return remote == null || remote.getAddress() == null
                ? InetAddress.getLoopbackAddress()
                : remote.getAddress();
    }
}
