package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.store.Outages;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** The timer: one sweep at a time, the next one an interval after the end of the last. */
@Component
final class Sweeper implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

    private final Sweeping sweeping;
    private final SweeperSettings settings;
    private final Outages outages;
    private Disposable timer = Disposables.disposed();

    Sweeper(Sweeping sweeping, SweeperSettings settings, Outages outages) {
        this.sweeping = sweeping;
        this.outages = outages;
        this.settings = settings;
    }

    @Override
    public void start() {
        if (settings.enabled()) {
            timer =
                    Mono.defer(() -> Mono.delay(pause()))
                            .then(Mono.defer(this::sweep))
                            .repeat()
                            .subscribe();
        }
    }

    /** Whatever goes wrong, the timer goes on. */
    private Mono<Void> sweep() {
        return sweeping.sweep()
                .then(sweeping.settle())
                .then(sweeping.forgetOldAnswers())
                .then()
                .onErrorResume(
                        error -> {
                            if (!outages.note(error)) {
                                log.warn("a sweep failed", error);
                            }
                            return Mono.empty();
                        });
    }

    /** Not the same on every instance. */
    private Duration pause() {
        long interval = settings.interval().toMillis();
        return Duration.ofMillis(interval + ThreadLocalRandom.current().nextLong(interval / 4 + 1));
    }

    @Override
    public void stop() {
        timer.dispose();
    }

    @Override
    public boolean isRunning() {
        return !timer.isDisposed();
    }
}
