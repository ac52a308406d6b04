package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import org.junit.jupiter.api.Test;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

class BatchesTests {

    @Test
    void sendsTheFirstAtOnceAndTheOthersTogether() {
        List<List<Integer>> calls = new ArrayList<>();
        Sinks.One<Boolean> firstAnswers = Sinks.one();
        Batches<Integer, Integer> batches =
                new Batches<>(
                        3,
                        100,
                        items -> {
                            calls.add(items);
                            return calls.size() == 1
                                    ? firstAnswers.asMono().thenReturn(items)
                                    : Mono.just(items);
                        });
        List<Integer> answers = new ArrayList<>();

        Flux.range(1, 6).flatMap(batches::ask, 10).subscribe(answers::add);
        assertThat(calls).containsExactly(List.of(1));
        firstAnswers.tryEmitValue(true);

        assertThat(calls).containsExactly(List.of(1), List.of(2, 3, 4), List.of(5, 6));
        assertThat(answers).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void losesNobodyWhenManyAskFromManyThreads() {
        ConcurrentLinkedQueue<Integer> sizes = new ConcurrentLinkedQueue<>();
        Batches<Integer, Integer> batches =
                new Batches<>(
                        50,
                        100_000,
                        items -> {
                            sizes.add(items.size());
                            return Mono.just(items).publishOn(Schedulers.parallel());
                        });

        List<Integer> answers =
                Flux.range(0, 20_000)
                        .parallel(8)
                        .runOn(Schedulers.boundedElastic())
                        .flatMap(batches::ask, false, 64)
                        .sequential()
                        .collectList()
                        .block();

        assertThat(answers).hasSize(20_000).doesNotHaveDuplicates();
        assertThat(sizes).allMatch(size -> size <= 50);
    }

    @Test
    void turnsAwayWhoeverComesWhenTooManyArePending() {
        Batches<Integer, Integer> batches = new Batches<>(10, 2, _ -> Mono.never());
        batches.ask(0).subscribe();
        batches.ask(1).subscribe();
        batches.ask(2).subscribe();

        assertThatThrownBy(() -> batches.ask(3).block()).isInstanceOf(LineUnavailable.class);
    }

    @Test
    void tellsAFailureToEverybodyOfTheBatchAndGoesOn() {
        Batches<Integer, Integer> batches =
                new Batches<>(
                        10,
                        10,
                        items ->
                                items.contains(13)
                                        ? Mono.error(new LineUnavailable("gone"))
                                        : Mono.just(items));

        assertThatThrownBy(() -> batches.ask(13).block()).isInstanceOf(LineUnavailable.class);
        assertThat(batches.ask(14).block()).isEqualTo(14);
    }
}
