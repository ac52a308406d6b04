package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import org.junit.jupiter.api.Test;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

class BatchesTests {

    @Test
    void sendsTheFirstAtOnceAndTheOthersTogether() {
        List<List<Integer>> calls = new ArrayList<>();
        Sinks.One<Boolean> firstAnswers = Sinks.one();
        Batches<Integer, Integer> batches =
                new Batches<>(
                        3,
                        100,
                        (items, _) -> {
                            calls.add(items);
                            return calls.size() == 1
                                    ? firstAnswers.asMono().thenReturn(items)
                                    : Mono.just(items);
                        });
        List<Integer> answers = new ArrayList<>();

        Flux.range(1, 6).flatMap(it -> batches.ask(it, Life.ANY), 10).subscribe(answers::add);
        assertThat(calls).containsExactly(List.of(1));
        firstAnswers.tryEmitValue(true);

        assertThat(calls).containsExactly(List.of(1), List.of(2, 3, 4), List.of(5, 6));
        assertThat(answers).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
    }

    @Test
    void sendsTogetherWhatComesInOneTurnOfALoopAndAnswersThere() {
        List<List<Integer>> calls = new ArrayList<>();
        Queue<Runnable> tasks = new ArrayDeque<>();
        Executor loop = tasks::add;
        Batches<Integer, Integer> batches =
                new Batches<>(
                        10,
                        100,
                        (items, _) -> {
                            calls.add(items);
                            return Mono.just(items);
                        });
        List<Integer> answers = new ArrayList<>();

        for (int i = 1; i <= 3; i++) {
            batches.ask(i, Life.ANY, loop).subscribe(answers::add);
        }
        assertThat(calls).isEmpty();
        tasks.remove().run();
        assertThat(calls).containsExactly(List.of(1, 2, 3));
        assertThat(answers).isEmpty();
        tasks.remove().run();

        assertThat(answers).containsExactly(1, 2, 3);
        assertThat(tasks).isEmpty();
    }

    @Test
    void whoeverIsRefusedOrAnsweredTakesNoPlaceOfOthers() {
        Sinks.One<Boolean> firstAnswers = Sinks.one();
        Batches<Integer, Integer> batches =
                new Batches<>(
                        10,
                        2,
                        (items, _) ->
                                items.contains(1)
                                        ? firstAnswers.asMono().thenReturn(items)
                                        : Mono.just(items));
        List<Integer> answers = new ArrayList<>();
        List<Throwable> refusals = new ArrayList<>();

        for (int i = 1; i <= 9; i++) {
            batches.ask(i, Life.ANY).subscribe(answers::add, refusals::add);
        }
        assertThat(refusals).hasSize(6);
        firstAnswers.tryEmitValue(true);
        for (int i = 10; i <= 13; i++) {
            batches.ask(i, Life.ANY).subscribe(answers::add);
        }

        assertThat(answers).containsExactlyInAnyOrder(1, 2, 3, 10, 11, 12, 13);
    }

    @Test
    void goesOnForOthersWhenALoopHasEndedBeforeItMadeTheCall() {
        Batches<Integer, Integer> batches = new Batches<>(10, 100, (items, _) -> Mono.just(items));
        Executor ended =
                _ -> {
                    throw new RejectedExecutionException();
                };
        List<Integer> answers = new ArrayList<>();

        batches.ask(1, Life.ANY, ended).subscribe(answers::add, _ -> {});
        batches.ask(2, Life.ANY).subscribe(answers::add);

        assertThat(answers).containsExactly(2);
    }

    @Test
    void asksForTheNextOnesBeforeItAnswersTheFirst() {
        List<Object> happened = new ArrayList<>();
        Sinks.One<Boolean> firstAnswers = Sinks.one();
        Batches<Integer, Integer> batches =
                new Batches<>(
                        10,
                        100,
                        (items, _) -> {
                            happened.add(items);
                            return items.contains(1)
                                    ? firstAnswers.asMono().thenReturn(items)
                                    : Mono.never();
                        });

        batches.ask(1, Life.ANY).subscribe(happened::add);
        batches.ask(2, Life.ANY).subscribe(happened::add);
        firstAnswers.tryEmitValue(true);

        assertThat(happened).containsExactly(List.of(1), List.of(2), 1);
    }

    @Test
    void losesNobodyWhenManyAskFromManyThreads() {
        ConcurrentLinkedQueue<Integer> sizes = new ConcurrentLinkedQueue<>();
        Batches<Integer, Integer> batches =
                new Batches<>(
                        50,
                        100_000,
                        (items, _) -> {
                            sizes.add(items.size());
                            return Mono.just(items).publishOn(Schedulers.parallel());
                        });

        List<Integer> answers =
                Flux.range(0, 20_000)
                        .parallel(8)
                        .runOn(Schedulers.boundedElastic())
                        .flatMap(it -> batches.ask(it, Life.ANY), false, 64)
                        .sequential()
                        .collectList()
                        .block();

        assertThat(answers).hasSize(20_000).doesNotHaveDuplicates();
        assertThat(sizes).allMatch(size -> size <= 50);
    }

    @Test
    void turnsAwayWhoeverComesWhenTooManyArePending() {
        Batches<Integer, Integer> batches = new Batches<>(10, 2, (_, _) -> Mono.never());
        batches.ask(0, Life.ANY).subscribe();
        batches.ask(1, Life.ANY).subscribe();
        batches.ask(2, Life.ANY).subscribe();

        assertThatThrownBy(() -> batches.ask(3, Life.ANY).block())
                .isInstanceOf(LineUnavailable.class);
    }

    @Test
    void tellsAFailureToEverybodyOfTheBatchAndGoesOn() {
        Batches<Integer, Integer> batches =
                new Batches<>(
                        10,
                        10,
                        (items, _) ->
                                items.contains(13)
                                        ? Mono.error(new LineUnavailable("gone"))
                                        : Mono.just(items));

        assertThatThrownBy(() -> batches.ask(13, Life.ANY).block())
                .isInstanceOf(LineUnavailable.class);
        assertThat(batches.ask(14, Life.ANY).block()).isEqualTo(14);
    }

    @Test
    void putsNobodyTogetherWhoAsksInAnotherLife() {
        List<String> calls = new ArrayList<>();
        Sinks.One<Boolean> firstAnswers = Sinks.one();
        Batches<Integer, Integer> batches =
                new Batches<>(
                        10,
                        100,
                        (items, life) -> {
                            calls.add(life.word() + items);
                            return firstAnswers.asMono().thenReturn(items);
                        });
        List<Integer> answers = new ArrayList<>();

        for (int i = 1; i <= 6; i++) {
            batches.ask(i, new Life(7, i / 4)).subscribe(answers::add);
        }
        firstAnswers.tryEmitValue(true);

        assertThat(calls).containsExactly("7.0[1]", "7.0[2, 3]", "7.1[4, 5, 6]");
        assertThat(answers).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
    }
}
