package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.operators.Login;
import dev.stagedoor.common.operators.Operators;
import dev.stagedoor.common.operators.Role;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.server.HandlerFilterFunction;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RequestPredicate;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

/**
 * Stands before every call of the API and says to it who asks. Pages of others get nothing,
 * whatever a browser has kept and adds.
 */
record OpsFilter(Operators operators, RequestPredicate changesNothing)
        implements HandlerFilterFunction<ServerResponse, ServerResponse> {

    private static final String LOGIN = Login.class.getName();

    @Override
    public Mono<ServerResponse> filter(
            ServerRequest request, HandlerFunction<ServerResponse> next) {
        ServerHttpRequest raw = request.exchange().getRequest();
        if (Operators.isForeign(raw.getHeaders()::getFirst)) {
            return Refusal.because(ProblemCode.FOREIGN_ORIGIN);
        }
        String shown = raw.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        return operators
                .login(shown, raw.getRemoteAddress())
                .flatMap(
                        login ->
                                switch (login) {
                                    case Login.Granted granted -> admit(granted, request, next);
                                    case Login.Refused(Problem why) -> Refusal.because(why);
                                });
    }

    private Mono<ServerResponse> admit(
            Login.Granted login, ServerRequest request, HandlerFunction<ServerResponse> next) {
        if (login.role() != Role.OPERATOR && !changesNothing.test(request)) {
            return Refusal.because(ProblemCode.OPERATOR_REQUIRED);
        }
        request.attributes().put(LOGIN, login);
        return next.handle(request);
    }

    static Login.Granted login(ServerRequest request) {
        return (Login.Granted) request.attribute(LOGIN).orElseThrow();
    }

    static Operator operator(ServerRequest request) {
        return new Operator(
                login(request).name(),
                Operators.address(request.exchange().getRequest().getRemoteAddress())
                        .getHostAddress());
    }
}
