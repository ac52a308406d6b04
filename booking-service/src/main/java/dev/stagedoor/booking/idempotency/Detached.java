package dev.stagedoor.booking.idempotency;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Does work that a client who hangs up cannot cancel: a cancelled transaction may be left open on a
 * connection that goes back to the pool. As much at a time as the settings allow; a shutdown waits
 * for it.
 */
@Component
final class Detached implements SmartLifecycle {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final Semaphore places;
    private final Set<CompletableFuture<Void>> ongoing = ConcurrentHashMap.newKeySet();
    private volatile boolean running;

    Detached(WriteSettings settings, MeterRegistry meters) {
        this.places = new Semaphore(settings.inFlight());
        Gauge.builder("stagedoor.booking.writes.ongoing", ongoing, Set::size)
                .description("Writes that have begun and not ended")
                .register(meters);
    }

    <T> Mono<T> run(Mono<T> work) {
        return Mono.deferContextual(
                context ->
                        places.tryAcquire()
                                ? toItsEnd(work.contextWrite(context))
                                : Refusal.because(
                                        Problem.of(ProblemCode.BOOKING_BUSY)
                                                .retryAfter(COME_BACK)));
    }

    private <T> Mono<T> toItsEnd(Mono<T> work) {
        CompletableFuture<Void> left = new CompletableFuture<>();
        ongoing.add(left);
        boolean evenIfCancelled = true;
        return Mono.fromFuture(work.doOnTerminate(() -> leave(left)).toFuture(), evenIfCancelled);
    }

    private void leave(CompletableFuture<Void> left) {
        ongoing.remove(left);
        places.release();
        left.complete(null);
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public void stop(Runnable callback) {
        stop();
        CompletableFuture.allOf(ongoing.toArray(CompletableFuture[]::new))
                .whenComplete((_, _) -> callback.run());
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops after the web server, which lets nobody in any more, and before what writes need. */
    @Override
    public int getPhase() {
        return 1;
    }
}
