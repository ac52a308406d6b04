package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import reactor.core.publisher.Mono;

/** "No, because …": ends a call. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1;

    final transient Problem problem;

    Refusal(Problem problem) {
        super(problem.code().code(), null, false, false);
        this.problem = problem;
    }

    static <T> Mono<T> because(ProblemCode code) {
        return because(Problem.of(code));
    }

    static <T> Mono<T> because(Problem problem) {
        return Mono.error(() -> new Refusal(problem));
    }
}
