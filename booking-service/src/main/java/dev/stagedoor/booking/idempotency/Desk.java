package dev.stagedoor.booking.idempotency;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.Running;
import dev.stagedoor.common.UserId;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Takes in writes, of one user one at a time: who sends six hundred at once occupies one connection
 * and hears at once, out of memory, that the others have to wait.
 *
 * <p>A client who hangs up cannot cancel them: a cancelled transaction may be left open on a
 * connection that goes back to the pool. There are as many at a time as the settings allow, and a
 * shutdown waits for them.
 */
@Component
public final class Desk extends Running {

    private static final Logger LOG = LoggerFactory.getLogger(Desk.class);

    private final Semaphore places;
    private final Map<UserId, Request> byUser = new ConcurrentHashMap<>();
    private final Set<CompletableFuture<Void>> ongoing = ConcurrentHashMap.newKeySet();

    Desk(WriteSettings settings, MeterRegistry meters) {
        this.places = new Semaphore(settings.inFlight());
        Gauge.builder("stagedoor.booking.writes.ongoing", ongoing, Set::size)
                .description("Writes that have begun and not ended")
                .register(meters);
    }

    /** Done to its end, also if nobody waits for the answer any more. */
    public Mono<Answer> take(Request request, Mono<Answer> act) {
        Mono<Answer> work = Mono.defer(() -> alone(request, act));
        return Mono.defer(
                () ->
                        places.tryAcquire()
                                ? toItsEnd(work.doOnTerminate(places::release))
                                : Refusal.because(soon(ProblemCode.BOOKING_BUSY)));
    }

    private Mono<Answer> alone(Request request, Mono<Answer> act) {
        Request other = byUser.putIfAbsent(request.user(), request);
        return other == null
                ? act.doOnTerminate(() -> byUser.remove(request.user()))
                : Refusal.because(waitFor(other, request.key()));
    }

    /** Whether nobody's write is under way, so that none would be refused. */
    public boolean isFree() {
        return byUser.isEmpty();
    }

    /** What a write of this user would be refused with at this moment; null if it would not. */
    public @Nullable Problem refusal(UserId user, @Nullable String key) {
        if (places.availablePermits() == 0) {
            return soon(ProblemCode.BOOKING_BUSY);
        }
        Request other = byUser.get(user);
        return other == null ? null : waitFor(other, key);
    }

    private static Problem waitFor(Request other, @Nullable String key) {
        boolean twins = key != null && key.equals(other.key());
        return soon(twins ? ProblemCode.IDEMPOTENCY_IN_PROGRESS : ProblemCode.ONE_AT_A_TIME);
    }

    private static Problem soon(ProblemCode code) {
        return Problem.of(code).retryAfter(Problem.SOON);
    }

    /** Any other write that nobody who hangs up may cancel, and a shutdown waits for. */
    public <T> Mono<T> toItsEnd(Mono<T> work) {
        boolean evenIfCancelled = true;
        return Mono.deferContextual(
                context ->
                        Mono.fromFuture(begun(work.contextWrite(context)), evenIfCancelled)
                                .doOnDiscard(Signal.class, Desk::nobodyIsLeftToTell)
                                .dematerialize());
    }

    /** How it ends: an error that nobody waits for would be one of Reactor's. */
    private <T> CompletableFuture<Signal<T>> begun(Mono<T> work) {
        CompletableFuture<Void> left = new CompletableFuture<>();
        ongoing.add(left);
        return work.doOnTerminate(() -> leave(left)).materialize().toFuture();
    }

    /** Refusals and outages are no news: anybody could fill the log with them. */
    private static void nobodyIsLeftToTell(Signal<?> end) {
        Throwable error = end.getThrowable();
        if (error != null && !(error instanceof Refusal) && Trouble.outage(error).isEmpty()) {
            LOG.error("What somebody has asked for and not waited for has failed", error);
        }
    }

    private void leave(CompletableFuture<Void> left) {
        ongoing.remove(left);
        left.complete(null);
    }

    @Override
    public void stop(Runnable callback) {
        stop();
        CompletableFuture.allOf(ongoing.toArray(CompletableFuture[]::new))
                .whenComplete((_, _) -> callback.run());
    }

    /** Stops after the web server, which lets nobody in any more, and before what writes need. */
    @Override
    public int getPhase() {
        return 1;
    }
}
