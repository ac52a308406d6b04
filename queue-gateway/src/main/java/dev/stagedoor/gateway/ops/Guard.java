package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.waitingroom.operators.Operator;

import org.springframework.web.reactive.function.server.HandlerFilterFunction;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

/** Stands before every call of the API and says to it who asks. */
final class Guard implements HandlerFilterFunction<ServerResponse, ServerResponse> {

    private static final String OPERATOR = Operator.class.getName();

    private final Doorkeeper doorkeeper;
    private final OpsAnswers answers;

    Guard(Doorkeeper doorkeeper, OpsAnswers answers) {
        this.doorkeeper = doorkeeper;
        this.answers = answers;
    }

    @Override
    public Mono<ServerResponse> filter(
            ServerRequest request, HandlerFunction<ServerResponse> next) {
        return switch (doorkeeper.enter(request.exchange().getRequest())) {
            case Entry.Granted(Operator operator) -> {
                request.attributes().put(OPERATOR, operator);
                yield next.handle(request);
            }
            case Entry.Refused _ -> answers.problem(request, refused());
            case Entry.TooSoon tooSoon -> answers.problem(request, tooSoon(tooSoon));
            case Entry.Foreign _ -> answers.problem(request, foreign());
        };
    }

    static Operator operator(ServerRequest request) {
        return (Operator) request.attribute(OPERATOR).orElseThrow();
    }

    static Problem refused() {
        return Problem.of(ProblemCode.OPS_REQUIRED);
    }

    static Problem tooSoon(Entry.TooSoon tooSoon) {
        return Problem.of(ProblemCode.TOO_MANY_REQUESTS).retryAfter(tooSoon.retryAfter());
    }

    static Problem foreign() {
        return Problem.of(ProblemCode.FOREIGN_ORIGIN);
    }
}
