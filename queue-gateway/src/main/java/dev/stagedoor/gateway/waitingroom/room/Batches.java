package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Makes one call of many: whatever is asked for while a call is under way goes together into the
 * next one, and so does what comes in the same turn of an event loop. Nobody waits for a timer:
 * alone, a request goes out at once; under load the batches grow by themselves. Order is kept.
 *
 * <p>The calls are subscribed to here and not by whoever asks: a client that hangs up takes nothing
 * away from the others of its batch.
 */
final class Batches<I, O> {

    private static final Executor AT_ONCE = Runnable::run;

    private final int most;
    private final int mostPending;
    private final Function<List<I>, Mono<List<O>>> call;
    private final Queue<Entry<I, O>> pending = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * @param call answers in the order of the questions
     */
    Batches(int most, int mostPending, Function<List<I>, Mono<List<O>>> call) {
        this.most = most;
        this.mostPending = mostPending;
        this.call = call;
    }

    private record Entry<I, O>(I item, MonoSink<O> answer, Executor where) {}

    Mono<O> ask(I item) {
        return ask(item, AT_ONCE);
    }

    /**
     * @param where the answer is wanted: all of a batch that are wanted at one place come there
     *     together
     */
    Mono<O> ask(I item, Executor where) {
        return Mono.create(answer -> enqueue(new Entry<>(item, answer, where)));
    }

    private void enqueue(Entry<I, O> entry) {
        if (size.incrementAndGet() > mostPending) {
            size.decrementAndGet();
            entry.answer().error(new LineUnavailable("too many requests at once"));
            return;
        }
        pending.add(entry);
        next(entry.where());
    }

    /**
     * @param where all who ask in this turn have asked before anything else is done
     */
    private void next(Executor where) {
        if (!pending.isEmpty() && underWay.compareAndSet(false, true)) {
            try {
                where.execute(this::call);
            } catch (RejectedExecutionException e) {
                call(); // its loop has ended, and nobody else would make the call
            }
        }
    }

    private void call() {
        List<Entry<I, O>> batch = take();
        if (batch.isEmpty()) {
            finish();
            return;
        }
        call.apply(batch.stream().map(Entry::item).toList())
                .switchIfEmpty(Mono.error(() -> new LineUnavailable("no answer")))
                .doOnSuccess(_ -> finish())
                .doOnError(_ -> finish())
                .subscribe(answers -> answer(batch, answers), error -> fail(batch, error));
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

    /**
     * Before anybody is answered, which takes longer than the next call. Somebody may have come
     * between the last look and the end: so there is one more look.
     */
    private void finish() {
        underWay.set(false);
        next(AT_ONCE);
    }

    private void answer(List<Entry<I, O>> batch, List<O> answers) {
        Map<Executor, List<Runnable>> places = new IdentityHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            MonoSink<O> asker = batch.get(i).answer();
            O answer = answers.get(i);
            places.computeIfAbsent(batch.get(i).where(), _ -> new ArrayList<>())
                    .add(() -> asker.success(answer));
        }
        places.forEach((where, told) -> where.execute(() -> told.forEach(Runnable::run)));
    }

    private void fail(List<Entry<I, O>> batch, Throwable error) {
        batch.forEach(entry -> entry.where().execute(() -> entry.answer().error(error)));
    }

    /**
     * Batches of what is asked within one life of a room: whoever asks within another one is in
     * another batch, whose call fails or does not by itself.
     */
    static final class OfALife<I, O> {

        private final int most;
        private final int mostPending;
        private final BiFunction<List<I>, Life, Mono<List<O>>> call;
        private volatile Current<I, O> current;

        private record Current<I, O>(Life life, Batches<I, O> batches) {}

        OfALife(int most, int mostPending, BiFunction<List<I>, Life, Mono<List<O>>> call) {
            this.most = most;
            this.mostPending = mostPending;
            this.call = call;
            this.current = of(Life.ANY);
        }

        Mono<O> ask(I item, Life life) {
            Current<I, O> now = current;
            if (!now.life().equals(life)) {
                now = of(life);
                current = now;
            }
            return now.batches().ask(item);
        }

        private Current<I, O> of(Life life) {
            return new Current<>(
                    life, new Batches<>(most, mostPending, items -> call.apply(items, life)));
        }
    }
}
