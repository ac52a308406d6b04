package dev.stagedoor.gateway.ops.signin;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.operators.Login;
import dev.stagedoor.common.operators.Operators;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;

import reactor.core.publisher.Mono;

import java.util.Set;

/**
 * Knows operators: browsers by the cookie of their session, programs by name and password in every
 * request.
 */
public record OperatorLogin(Operators operators, ConsoleSessions sessions) {

    /** No other site's page can send it without being asked first. */
    static final String CONSOLE_HEADER = "Ops-Console";

    private static final Login FOREIGN = new Login.Refused(Problem.of(ProblemCode.FOREIGN_ORIGIN));
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    /**
     * In this order: pages of others get nothing, whatever credential their browser adds; a
     * password that is shown decides; without one the session does.
     */
    public Mono<Login> enter(ServerHttpRequest request) {
        String shown = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        if (isForeign(request)) {
            return Mono.just(FOREIGN);
        }
        return shown == null
                ? Mono.just(session(request))
                : operators.login(shown, request.getRemoteAddress());
    }

    /** Somebody signs in. */
    public Mono<Login> enter(ServerHttpRequest request, String name, String password) {
        return isForeign(request)
                ? Mono.just(FOREIGN)
                : operators.login(name, password, request.getRemoteAddress());
    }

    public static boolean isConsole(ServerHttpRequest request) {
        return request.getHeaders().containsHeader(CONSOLE_HEADER);
    }

    private static boolean isForeign(ServerHttpRequest request) {
        HttpHeaders said = request.getHeaders();
        return Operators.isForeign(
                said.getFirst("Sec-Fetch-Site"),
                said.getFirst(HttpHeaders.ORIGIN),
                said.getFirst(HttpHeaders.HOST));
    }

    private Login session(ServerHttpRequest request) {
        boolean mayCome = READING.contains(request.getMethod()) || isConsole(request);
        return sessions.find(request)
                .map(login -> mayCome ? login : FOREIGN)
                .orElseGet(operators::refused);
    }
}
