package dev.stagedoor.booking.web;

import dev.stagedoor.booking.people.Welcome;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.ProblemCode;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Set;

/**
 * Lets in whom the gateway vouches for, and hands the user on as {@link #USER}. Open are the few
 * paths that the gateway forwards for everybody; called directly they do no harm either.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class PassFilter implements WebFilter {

    /** Name of the request attribute with the user's id. */
    static final String USER = "stagedoor.user";

    private static final Set<HttpMethod> LOOKING = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    private final Passes passes;
    private final Welcome welcome;
    private final PathPattern api = pattern("/api/**");
    private final PathPattern users = pattern("/api/v1/users");
    private final List<PathPattern> lookedAt =
            List.of(
                    pattern("/api/v1/concerts"),
                    pattern("/api/v1/concerts/{concert}"),
                    pattern("/api/v1/openapi.json"));

    PassFilter(Passes passes, Welcome welcome) {
        this.passes = passes;
        this.welcome = welcome;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        HttpHeaders answer = exchange.getResponse().getHeaders();
        answer.set("X-Content-Type-Options", "nosniff");
        if (isOpen(request)) {
            return chain.filter(exchange);
        }
        List<String> shown = request.getHeaders().getOrEmpty(Headers.PASS);
        if (shown.isEmpty()) {
            return Refusal.because(ProblemCode.PASS_REQUIRED);
        }
        Pass pass = shown.size() == 1 ? passes.verify(shown.getFirst()).orElse(null) : null;
        if (pass == null) {
            return Refusal.because(ProblemCode.PASS_INVALID);
        }
        // What somebody is told is theirs alone, unless a call says otherwise.
        answer.setCacheControl("no-store");
        exchange.getAttributes().put(USER, pass.user());
        return welcome.to(pass.user()).then(chain.filter(exchange));
    }

    private boolean isOpen(ServerHttpRequest request) {
        PathContainer path = request.getPath().pathWithinApplication();
        return !api.matches(path)
                || request.getMethod() == HttpMethod.POST && users.matches(path)
                || LOOKING.contains(request.getMethod())
                        && lookedAt.stream().anyMatch(open -> open.matches(path));
    }

    private static PathPattern pattern(String text) {
        return PathPatternParser.defaultInstance.parse(text);
    }
}
