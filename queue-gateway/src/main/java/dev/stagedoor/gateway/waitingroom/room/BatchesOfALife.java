package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.gateway.waitingroom.Life;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.function.BiFunction;

/**
 * {@link Batches} of what is asked within one life of a room: whoever asks within another one is in
 * another batch, whose call fails or does not by itself.
 */
final class BatchesOfALife<I, O> {

    private final int most;
    private final int mostPending;
    private final BiFunction<List<I>, Life, Mono<List<O>>> call;
    private volatile Current<I, O> current;

    private record Current<I, O>(Life life, Batches<I, O> batches) {}

    BatchesOfALife(int most, int mostPending, BiFunction<List<I>, Life, Mono<List<O>>> call) {
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
