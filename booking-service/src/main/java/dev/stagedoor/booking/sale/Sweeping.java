package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.idempotency.DeskSettings;
import dev.stagedoor.booking.idempotency.KeptAnswers;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.store.Transactions;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

/** One sweep; any number of instances may sweep at the same time. */
@Component
public final class Sweeping {

    private final Transactions transactions;
    private final Seats seats;
    private final Reservations reservations;
    private final KeptAnswers answers;
    private final DeskSettings desk;
    private final SweeperSettings settings;
    private final Counter expired;
    private final Counter done;
    private final Counter failed;

    Sweeping(
            Transactions transactions,
            Seats seats,
            Reservations reservations,
            KeptAnswers answers,
            DeskSettings desk,
            SweeperSettings settings,
            MeterRegistry meters) {
        this.transactions = transactions;
        this.seats = seats;
        this.reservations = reservations;
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
        return all(transactions.run(answers.forgetOlderThan(desk.keepAnswers(), settings.batch())));
    }

    private Mono<Long> all(Mono<Long> batch) {
        return batch.expand(done -> done < settings.batch() ? Mono.empty() : batch)
                .reduce(0L, Long::sum)
                .as(Lane.BACKGROUND::take);
    }

    private Mono<Long> batch() {
        Mono<Long> work =
                seats.freeLapsed(settings.grace(), settings.batch())
                        .delayUntil(
                                tickets ->
                                        tickets.isEmpty()
                                                ? Mono.empty()
                                                : reservations.expire(tickets))
                        .map(tickets -> (long) tickets.size());
        return transactions.run(work).doOnNext(expired::increment);
    }

    private static Counter sweeps(MeterRegistry meters, String outcome) {
        return Counter.builder("stagedoor.booking.sweeps").tag("outcome", outcome).register(meters);
    }
}
