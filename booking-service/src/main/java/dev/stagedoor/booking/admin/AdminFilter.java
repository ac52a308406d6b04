package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.PathContainer;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;

/** HTTP Basic, user {@code admin}. Without a password set, nobody comes in. */
final class AdminFilter implements WebFilter {

    private static final PathPattern ADMIN = PathPatternParser.defaultInstance.parse("/admin/**");

    private final String password;
    private final byte[] expected;

    AdminFilter(String password) {
        this.password = password;
        String login =
                Base64.getEncoder()
                        .encodeToString(("admin:" + password).getBytes(StandardCharsets.UTF_8));
        this.expected = ("Basic " + login).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        PathContainer path = exchange.getRequest().getPath().pathWithinApplication();
        if (!ADMIN.matches(path) || isAdmin(exchange)) {
            return chain.filter(exchange);
        }
        exchange.getResponse().getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Basic");
        return Refusal.because(ProblemCode.ADMIN_REQUIRED);
    }

    private boolean isAdmin(ServerWebExchange exchange) {
        String shown = exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        return shown != null
                && !password.isBlank()
                && MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), expected);
    }
}
