package dev.stagedoor.booking.web;

import dev.stagedoor.booking.people.SignIns;
import dev.stagedoor.booking.people.Welcome;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.boot.Visitor;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

import reactor.core.publisher.Mono;

/**
 * Whoever the gateway vouches for is known here before anything is done, as {@link #USER}, if they
 * have not signed out. Who comes without a place takes no connection from those who have one.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
public final class Welcoming implements WebFilter {

    /** Name of the request attribute with the user's id. */
    public static final String USER = "stagedoor.user";

    private final Welcome welcome;
    private final SignIns signIns;

    Welcoming(Welcome welcome, SignIns signIns) {
        this.welcome = welcome;
        this.signIns = signIns;
    }

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
        exchange.getAttributes().put(USER, visitor.user());
        Mono<Void> all =
                welcome.to(visitor.user())
                        .then(signIns.check(visitor.user(), visitor.signIn()))
                        .then(chain.filter(exchange));
        return visitor.sequence() == 0 ? Lane.OPEN.take(all) : all;
    }
}
