package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.idempotency.DeskSettings;
import dev.stagedoor.booking.idempotency.KeptAnswers;
import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Lane;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

/** One sweep; any number of instances may sweep at the same time. */
@Component
public final class Sweeping {

    private final Calls calls;
    private final KeptAnswers answers;
    private final DeskSettings desk;
    private final SweeperSettings settings;
    private final Counter expired;
    private final Counter done;
    private final Counter failed;

    Sweeping(
            Calls calls,
            KeptAnswers answers,
            DeskSettings desk,
            SweeperSettings settings,
            MeterRegistry meters) {
        this.calls = calls;
        this.answers = answers;
        this.desk = desk;
        this.settings = settings;
        this.expired =
                Counter.builder("stagedoor.booking.holds.expired")
                        .description("Seats given back because nobody paid in time")
                        .register(meters);
        this.done = sweeps(meters, "done");
        this.failed = sweeps(meters, "failed");
    }

    /** All holds that have run out, a batch at a time; how many seats came back. */
    public Mono<Long> sweep() {
        return all(batch()).doOnSuccess(_ -> done.increment()).doOnError(_ -> failed.increment());
    }

    /** All that are old enough, a batch at a time: they come by the hundreds a second. */
    public Mono<Long> forgetOldAnswers() {
        return all(answers.forgetOlderThan(desk.keepAnswers(), settings.batch()));
    }

    private Mono<Long> all(Mono<Long> batch) {
        return batch.expand(done -> done < settings.batch() ? Mono.empty() : batch)
                .reduce(0L, Long::sum)
                .as(Lane.BACKGROUND::take);
    }

    private Mono<Long> batch() {
        return calls.call(
                        "SELECT sweep($1, $2)",
                        row -> row.get(0, Long.class),
                        settings.grace().toMillis(),
                        settings.batch())
                .doOnNext(expired::increment);
    }

    private static Counter sweeps(MeterRegistry meters, String outcome) {
        return Counter.builder("stagedoor.booking.sweeps").tag("outcome", outcome).register(meters);
    }
}
