package dev.stagedoor.booking.store;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

import java.util.function.Predicate;

/** "No, because …": ends a piece of work and undoes what it did. Costs no stack trace. */
public final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public Refusal(Problem problem) {
        this(problem, null);
    }

    /** What led to it is for the log, not for who is refused. */
    Refusal(Problem problem, @Nullable Throwable cause) {
        super(problem.code().code(), cause, false, false);
        this.problem = problem;
    }

    public static <T> Mono<T> because(ProblemCode code) {
        return because(Problem.of(code));
    }

    public static <T> Mono<T> because(Problem problem) {
        return Mono.error(() -> new Refusal(problem));
    }

    /** Of errors, those that are a refusal for this reason. */
    public static Predicate<Throwable> says(ProblemCode code) {
        return error -> error instanceof Refusal refusal && refusal.problem.code() == code;
    }

    public Problem problem() {
        return problem;
    }
}
