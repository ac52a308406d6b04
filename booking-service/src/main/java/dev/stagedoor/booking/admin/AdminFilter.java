package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.operators.Login;
import dev.stagedoor.common.operators.Operators;
import dev.stagedoor.common.operators.Role;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.stream.Stream;

/** HTTP Basic. A viewer may look, whoever stands at a door may let in, an operator may do all. */
record AdminFilter(Operators operators) implements WebFilter {

    /** The attribute that says who asks, and from where. */
    static final String BY = "admin.by";

    /** The attribute that says who asks, and what they may do. */
    static final String LOGIN = "admin.login";

    private static final PathPattern ADMIN = PathPatternParser.defaultInstance.parse("/admin/**");
    private static final List<PathPattern> AT_A_DOOR =
            Stream.of("/admin/check-in", "/admin/schedules/{id}/check-in", "/admin/session")
                    .map(PathPatternParser.defaultInstance::parse)
                    .toList();

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        PathContainer path = request.getPath().pathWithinApplication();
        if (!ADMIN.matches(path) || AdminPage.isOpen(request)) {
            return chain.filter(exchange);
        }
        // To what it asks for, a browser adds the password that it has kept, or one that is
        // guessed.
        if (Operators.isForeign(request.getHeaders()::getFirst)) {
            return Refusal.because(ProblemCode.FOREIGN_ORIGIN);
        }
        String shown = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        return operators
                .login(shown, request.getRemoteAddress())
                .flatMap(
                        login ->
                                switch (login) {
                                    case Login.Granted granted -> admit(granted, exchange, chain);
                                    case Login.Refused(Problem why) -> Refusal.because(why);
                                });
    }

    private static Mono<Void> admit(
            Login.Granted login, ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        if (!mayAsk(login.role(), request)) {
            return Refusal.because(ProblemCode.OPERATOR_REQUIRED);
        }
        String address = Operators.address(request.getRemoteAddress()).getHostAddress();
        exchange.getAttributes().put(BY, login.name() + " from " + address);
        exchange.getAttributes().put(LOGIN, login);
        exchange.getResponse().getHeaders().setCacheControl("no-store");
        return chain.filter(exchange);
    }

    private static boolean mayAsk(Role role, ServerHttpRequest request) {
        return switch (role) {
            case OPERATOR -> true;
            case VIEWER -> HttpMethod.GET.equals(request.getMethod());
            case DOOR -> {
                PathContainer path = request.getPath().pathWithinApplication();
                yield AT_A_DOOR.stream().anyMatch(pattern -> pattern.matches(path));
            }
        };
    }
}
