package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Makes one call of many: whatever is asked for while a call is under way goes together into the
 * next one. Nobody waits for a timer: alone, a request goes out at once; under load the batches
 * grow by themselves. Order is kept: a second call goes out before the first has answered only if
 * both are large, since only large ones are made in a way that nothing can overtake.
 *
 * <p>The calls are subscribed to here and not by whoever asks: a client that hangs up takes nothing
 * away from the others of its batch.
 */
final class Batches<I, O> {

    private final int most;
    private final int large;
    private final int mostPending;
    private final Function<List<I>, Mono<List<O>>> call;
    private final Queue<Entry<I, O>> pending = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();

    /** For whoever is the one to look. */
    private boolean lastIsLarge;

    /**
     * @param most in one call
     * @param large calls of so many may follow each other before they have answered
     * @param mostPending at any time; whoever comes then is turned away
     * @param call answers in the order of the questions
     */
    Batches(int most, int large, int mostPending, Function<List<I>, Mono<List<O>>> call) {
        this.most = most;
        this.large = large;
        this.mostPending = mostPending;
        this.call = call;
    }

    private record Entry<I, O>(I item, Sinks.One<O> answer) {}

    Mono<O> ask(I item) {
        return Mono.defer(() -> enqueue(item));
    }

    private Mono<O> enqueue(I item) {
        if (size.incrementAndGet() > mostPending) {
            size.decrementAndGet();
            return Mono.error(new LineUnavailable("too many requests at once"));
        }
        Entry<I, O> entry = new Entry<>(item, Sinks.one());
        pending.add(entry);
        next();
        return entry.answer().asMono();
    }

    /** One at a time; whoever comes meanwhile lets that one look once more. */
    private void next() {
        if (looks.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            while (mayCall() && call(take())) {}
            seen = looks.addAndGet(-seen);
        } while (seen > 0);
    }

    private boolean mayCall() {
        return switch (underWay.get()) {
            case 0 -> !pending.isEmpty();
            case 1 -> lastIsLarge && size.get() >= large;
            default -> false;
        };
    }

    /** Whether there was anything to ask: who is counted may not have been added yet. */
    private boolean call(List<Entry<I, O>> batch) {
        if (batch.isEmpty()) {
            return false;
        }
        lastIsLarge = batch.size() >= large;
        underWay.incrementAndGet();
        call.apply(batch.stream().map(Entry::item).toList())
                .doFinally(_ -> finish())
                .subscribe(answers -> answer(batch, answers), error -> fail(batch, error));
        return true;
    }

    private List<Entry<I, O>> take() {
        List<Entry<I, O>> batch = new ArrayList<>();
        for (Entry<I, O> entry = pending.poll(); entry != null; entry = pending.poll()) {
            batch.add(entry);
            if (batch.size() == most) {
                break;
            }
        }
        size.addAndGet(-batch.size());
        return batch;
    }

    private void finish() {
        underWay.decrementAndGet();
        next();
    }

    private void answer(List<Entry<I, O>> batch, List<O> answers) {
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer().tryEmitValue(answers.get(i));
        }
    }

    private void fail(List<Entry<I, O>> batch, Throwable error) {
        batch.forEach(entry -> entry.answer().tryEmitError(error));
    }
}
