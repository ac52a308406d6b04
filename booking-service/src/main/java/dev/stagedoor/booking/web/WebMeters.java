package dev.stagedoor.booking.web;

import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.log.StandardOutput;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What came of every act, and every refusal. The outcomes are {@code done}, {@code replayed},
 * {@code hung_up} and the codes of problems; never a seat, a user or a key.
 */
@Component
final class WebMeters {

    /** Coarse, for each is a series per act and outcome: enough to tell 100 ms from 300 ms. */
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3)
    };

    private final MeterProvider<Timer> acts;
    private final Map<ProblemCode, Counter> problems = new EnumMap<>(ProblemCode.class);

    WebMeters(MeterRegistry registry) {
        acts =
                Timer.builder("stagedoor.booking.acts")
                        .serviceLevelObjectives(BUCKETS)
                        .withRegistry(registry);
        // There from the start: of a counter that begins at 1, nobody sees that it has gone up.
        for (ProblemCode code : ProblemCode.values()) {
            problems.put(code, registry.counter("stagedoor.problems", "code", code.code()));
        }
        FunctionCounter.builder(
                        StandardOutput.METER, StandardOutput.class, _ -> StandardOutput.lost())
                .register(registry);
    }

    /** What a visitor can do that moves seats or money. */
    enum Act {
        HOLD,
        GIVE_BACK,
        PAY,
        REFUND,
        CHARGE
    }

    /** A client that hangs up is not told the outcome; the work is done all the same. */
    Mono<Answer> timed(Act act, Mono<Answer> work) {
        return Mono.defer(
                () -> {
                    long begun = System.nanoTime();
                    return work.doOnSuccess(answer -> record(act, outcome(answer), begun))
                            .doOnError(error -> record(act, outcome(error), begun))
                            .doOnCancel(() -> record(act, "hung_up", begun));
                });
    }

    /** An act that has not come to anything. */
    void refused(Act act, ProblemCode why, long begun) {
        record(act, why.code(), begun);
        problem(why);
    }

    void problem(ProblemCode code) {
        problems.get(code).increment();
    }

    private void record(Act act, String outcome, long begun) {
        acts.withTags("act", act.name().toLowerCase(Locale.ROOT), "outcome", outcome)
                .record(Duration.ofNanos(System.nanoTime() - begun));
    }

    private static String outcome(Answer answer) {
        return answer.replayed() ? "replayed" : "done";
    }

    private static String outcome(Throwable error) {
        return Problems.of(error).code().code();
    }
}
