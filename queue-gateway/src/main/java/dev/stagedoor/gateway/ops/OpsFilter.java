package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.ops.signin.Login;
import dev.stagedoor.gateway.ops.signin.OperatorLogin;
import dev.stagedoor.gateway.waitingroom.Operator;

import org.springframework.web.reactive.function.server.HandlerFilterFunction;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

/** Stands before every call of the API and says to it who asks. */
final class OpsFilter implements HandlerFilterFunction<ServerResponse, ServerResponse> {

    private static final String OPERATOR = Operator.class.getName();

    private final OperatorLogin login;
    private final OpsAnswers answers;

    OpsFilter(OperatorLogin login, OpsAnswers answers) {
        this.login = login;
        this.answers = answers;
    }

    @Override
    public Mono<ServerResponse> filter(
            ServerRequest request, HandlerFunction<ServerResponse> next) {
        return switch (login.enter(request.exchange().getRequest())) {
            case Login.Granted(Operator operator) -> {
                request.attributes().put(OPERATOR, operator);
                yield next.handle(request);
            }
            case Login.Refused _ -> answers.problem(request, refused());
            case Login.TooSoon tooSoon -> answers.problem(request, tooSoon(tooSoon));
            case Login.Foreign _ -> answers.problem(request, foreign());
        };
    }

    static Operator operator(ServerRequest request) {
        return (Operator) request.attribute(OPERATOR).orElseThrow();
    }

    static Problem refused() {
        return Problem.of(ProblemCode.OPS_REQUIRED);
    }

    static Problem tooSoon(Login.TooSoon tooSoon) {
        return Problem.of(ProblemCode.TOO_MANY_REQUESTS).retryAfter(tooSoon.retryAfter());
    }

    static Problem foreign() {
        return Problem.of(ProblemCode.FOREIGN_ORIGIN);
    }
}
