package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.WriteSettings;
import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Lane;
import dev.stagedoor.booking.store.Outages;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.spi.Readable;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One sweep at a time, the next one an interval after the end of the last; any number of instances
 * may sweep at the same time. Each of its steps is tried, whatever became of the one before.
 */
@Component
public final class Sweeping implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Sweeping.class);

    /** By both clocks: what one forgot that is a day ahead would be done again. */
    private static final String FORGET =
            """
            WITH old AS (
                DELETE FROM kept_answer WHERE (user_id, key) IN (
                    SELECT user_id, key FROM kept_answer
                    WHERE created_at < least(now(), $3) - $1 * interval '1 second'
                    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
                RETURNING 1
            )
            SELECT count(*) FROM old
            """;

    private static final String TO_SETTLE =
            """
            SELECT array_agg(id ORDER BY cancelled_at) FROM schedule
            WHERE cancelled_at IS NOT NULL AND settled_at IS NULL
            """;

    /** What is swept. */
    private static final String HOLDS = "holds";

    private static final String SHOWS = "shows";
    private static final String ANSWERS = "answers";

    private final Calls calls;
    private final Catalogue catalogue;
    private final WriteSettings writes;
    private final SaleSettings.Sweeper settings;
    private final Outages outages;
    private final InstantSource clock;
    private final Counter expired;
    private final MeterRegistry meters;
    private volatile double clockAhead = Double.NaN;
    private Disposable timer = Disposables.disposed();

    Sweeping(
            Calls calls,
            Catalogue catalogue,
            WriteSettings writes,
            SaleSettings settings,
            Outages outages,
            ObjectProvider<InstantSource> clocks,
            MeterRegistry meters) {
        this.calls = calls;
        this.catalogue = catalogue;
        this.writes = writes;
        this.settings = settings.sweeper();
        this.outages = outages;
        this.clock = clocks.getIfAvailable(InstantSource::system);
        this.meters = meters;
        this.expired =
                Counter.builder("stagedoor.booking.holds.expired")
                        .description("Seats given back because nobody paid in time")
                        .register(meters);
        Gauge.builder("stagedoor.booking.clock.ahead.seconds", () -> clockAhead)
                .description("By how much the clock of the database is ahead of this machine's")
                .register(meters);
        for (String step : List.of(HOLDS, SHOWS, ANSWERS)) {
            sweeps(step, "done");
            sweeps(step, "failed");
        }
    }

    @Override
    public void start() {
        timer =
                Mono.defer(() -> Mono.delay(pause()))
                        .then(Mono.defer(this::tick))
                        .repeat()
                        .subscribe();
    }

    @Override
    public void stop() {
        timer.dispose();
    }

    @Override
    public boolean isRunning() {
        return !timer.isDisposed();
    }

    /** Not the same on every instance. */
    private Duration pause() {
        long interval = settings.interval().toMillis();
        return Duration.ofMillis(interval + ThreadLocalRandom.current().nextLong(interval / 4 + 1));
    }

    /** Whatever goes wrong, the timer goes on. */
    private Mono<Void> tick() {
        return tried(HOLDS, sweep())
                .then(tried(SHOWS, settle()))
                .then(tried(ANSWERS, forgetOldAnswers()));
    }

    private Mono<Void> tried(String step, Mono<Long> work) {
        return work.doOnSuccess(_ -> sweeps(step, "done").increment())
                .doOnError(error -> note(step, error))
                .onErrorComplete()
                .then();
    }

    private void note(String step, Throwable error) {
        sweeps(step, "failed").increment();
        if (!outages.note(error)) {
            log.warn("a sweep of {} failed", step, error);
        }
    }

    private Counter sweeps(String step, String outcome) {
        return meters.counter("stagedoor.booking.sweeps", "of", step, "outcome", outcome);
    }

    /** All holds that have run out, a batch at a time; how many seats came back. */
    public Mono<Long> sweep() {
        return all(batch());
    }

    /** All that are old enough, a batch at a time: they come by the hundreds a second. */
    public Mono<Long> forgetOldAnswers() {
        return all(
                calls.call(
                        FORGET,
                        row -> row.get(0, Long.class),
                        writes.keepAnswers().toSeconds(),
                        settings.batch(),
                        clock.instant()));
    }

    /**
     * All shows that are cancelled, a batch of seats at a time: who held or paid gets back what is
     * theirs. Whoever is cut off in the middle leaves whole batches behind, and the rest to others.
     * A show that fails is told of after the others have been looked at.
     */
    public Mono<Long> settle() {
        return calls.call(TO_SETTLE, row -> row.get(0, Long[].class))
                .flatMapIterable(List::of)
                .concatMapDelayError(this::settle)
                .reduce(0L, Long::sum)
                .onErrorMap(error -> Exceptions.unwrapMultiple(error).getFirst())
                .as(Lane.BACKGROUND::take);
    }

    private Mono<Long> settle(long show) {
        return settleSome(show).expand(_ -> settleSome(show)).reduce(0L, Long::sum);
    }

    /** Empty if there is nothing left to do, or somebody is at it. */
    private Mono<Long> settleSome(long show) {
        return calls.call(
                        "SELECT settle($1, $2)",
                        row -> row.get(0, Long.class),
                        show,
                        settings.batch())
                .doOnNext(_ -> catalogue.seatsChanged(new ScheduleId(show)));
    }

    private Mono<Long> all(Mono<Long> batch) {
        return batch.expand(done -> done < settings.batch() ? Mono.empty() : batch)
                .reduce(0L, Long::sum)
                .as(Lane.BACKGROUND::take);
    }

    private Mono<Long> batch() {
        return calls.call(
                        "SELECT sweep($1, $2), clock_timestamp()",
                        this::swept,
                        settings.grace().toMillis(),
                        settings.batch())
                .doOnNext(expired::increment);
    }

    private Long swept(Readable row) {
        Duration ahead = Duration.between(clock.instant(), row.get(1, Instant.class));
        clockAhead = ahead.toMillis() / 1000.0;
        return row.get(0, Long.class);
    }
}
