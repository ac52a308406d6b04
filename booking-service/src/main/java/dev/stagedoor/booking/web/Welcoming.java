package dev.stagedoor.booking.web;

import dev.stagedoor.booking.people.SignIns;
import dev.stagedoor.booking.people.Users;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.boot.Visitor;
import dev.stagedoor.common.ProblemCode;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whoever the gateway vouches for is known here before anything is done, if they have not signed
 * out. Who comes without a place takes no connection from those who have one.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
record Welcoming(Users users, SignIns signIns) implements WebFilter {

    /** Whatever moves seats or money asks who is known by itself, in the one trip that it makes. */
    private static final List<PathPattern> ACTS =
            Stream.of("/api/v1/reservations/**", "/api/v1/payments/**", "/api/v1/balance/**")
                    .map(PathPatternParser.defaultInstance::parse)
                    .toList();

    private static final Set<HttpMethod> MOVING = Set.of(HttpMethod.POST, HttpMethod.DELETE);

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        HttpHeaders answer = exchange.getResponse().getHeaders();
        answer.set("X-Content-Type-Options", "nosniff");
        Visitor visitor = exchange.getAttribute(Visitor.ATTRIBUTE);
        if (visitor == null) {
            return chain.filter(exchange);
        }
        // What somebody is told is theirs alone, unless a call says otherwise.
        answer.setCacheControl("no-store");
        Mono<Void> all =
                users.welcome(visitor.user())
                        .then(isAct(exchange) ? Mono.empty() : check(visitor))
                        .then(chain.filter(exchange))
                        .doOnError(
                                Refusal.says(ProblemCode.USER_NOT_FOUND),
                                _ -> users.forget(visitor.user()));
        return visitor.sequence() == 0 ? Lane.OPEN.take(all) : all;
    }

    private Mono<Void> check(Visitor visitor) {
        return signIns.check(visitor.user(), visitor.signIn());
    }

    private static boolean isAct(ServerWebExchange exchange) {
        HttpMethod method = exchange.getRequest().getMethod();
        PathContainer path = exchange.getRequest().getPath().pathWithinApplication();
        return MOVING.contains(method) && ACTS.stream().anyMatch(it -> it.matches(path));
    }
}
