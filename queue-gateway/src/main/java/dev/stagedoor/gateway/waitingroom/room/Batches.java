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

/**
 * Makes one call of many: whatever is asked for while a call is under way goes together into the
 * next one, and so does what comes in the same turn of an event loop. Nobody waits for a timer:
 * alone, a request goes out at once; under load the batches grow by themselves. Order is kept.
 *
 * <p>The calls are subscribed to here and not by whoever asks: a client that hangs up takes nothing
 * away from the others of its batch.
 */
final class Batches<I, O> {

    static final int MOST_IN_ONE_CALL = 500;
    private static final int MOST_PENDING = 50_000;
    private static final Executor AT_ONCE = Runnable::run;

    private final int most;
    private final int mostPending;
    private final BiFunction<List<I>, Life, Mono<List<O>>> call;
    private final Queue<Entry<I, O>> pending = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * @param call answers in the order of the questions
     */
    Batches(BiFunction<List<I>, Life, Mono<List<O>>> call) {
        this(MOST_IN_ONE_CALL, MOST_PENDING, call);
    }

    Batches(int most, int mostPending, BiFunction<List<I>, Life, Mono<List<O>>> call) {
        this.most = most;
        this.mostPending = mostPending;
        this.call = call;
    }

    private record Entry<I, O>(I item, Life life, MonoSink<O> answer, Executor where) {}

    Mono<O> ask(I item, Life life) {
        return ask(item, life, AT_ONCE);
    }

    /**
     * @param life of the room that is asked about: a batch is of one
     * @param where the answer is wanted: all of a batch that are wanted at one place come there
     *     together
     */
    Mono<O> ask(I item, Life life, Executor where) {
        return Mono.create(answer -> enqueue(new Entry<>(item, life, answer, where)));
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
        call.apply(batch.stream().map(Entry::item).toList(), batch.getFirst().life())
                .switchIfEmpty(Mono.error(() -> new LineUnavailable("no answer")))
                .doOnSuccess(_ -> finish())
                .doOnError(_ -> finish())
                .subscribe(answers -> answer(batch, answers), error -> fail(batch, error));
    }

    private List<Entry<I, O>> take() {
        List<Entry<I, O>> batch = new ArrayList<>();
        Entry<I, O> first = pending.peek();
        for (Entry<I, O> next = first;
                next != null && batch.size() < most && next.life().equals(first.life());
                next = pending.peek()) {
            batch.add(pending.remove());
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
}
