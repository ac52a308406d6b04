package dev.stagedoor.common.rehearsal;

import io.netty.buffer.Unpooled;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.util.Logger;
import reactor.util.Loggers;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Plays acts over loopback until the compilers have hardly anything left to do, or its time is up.
 * What is heard is thrown away, but for what was not answered as it should be.
 */
public final class Rehearsal {

    private static final Logger LOG = Loggers.getLogger(Rehearsal.class);

    private static final Duration LONGEST = Duration.ofSeconds(10);

    /** A large method keeps a compiler for a while, and is counted when it is done. */
    private static final Duration WINDOW = Duration.ofMillis(500);

    private static final int QUIET_WINDOWS = 2;
    private static final double QUIET_PART = 0.1;

    private static final int AT_ONCE = 16;

    /** While next to nothing is played, quiet compilers mean nothing. */
    private static final int FEWEST_ACTS = 4 * AT_ONCE;

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private Rehearsal() {}

    /**
     * @param unlike how many were not answered as they should be
     */
    public record Played(long acts, long unlike, Duration took) {}

    public static Mono<Played> play(List<Act> acts, int port, LoopResources threads) {
        return play(acts, port, threads, LONGEST);
    }

    /** Never fails: nobody is to be kept from the sale by a rehearsal. */
    static Mono<Played> play(List<Act> acts, int port, LoopResources threads, Duration longest) {
        ConnectionProvider connections = ConnectionProvider.create("rehearsal", AT_ONCE);
        HttpClient client =
                HttpClient.create(connections)
                        .runOn(threads)
                        .host("127.0.0.1")
                        .port(port)
                        .responseTimeout(LONGEST_ANSWER);
        AtomicLong answered = new AtomicLong();
        long begun = System.nanoTime();
        return Flux.fromIterable(acts)
                .repeat()
                .takeUntilOther(Mono.firstWithSignal(quiet(answered), Mono.delay(longest)))
                .flatMap(act -> isAsItShouldBe(client, act), AT_ONCE)
                .doOnNext(_ -> answered.incrementAndGet())
                .reduce(
                        new Played(0, 0, Duration.ZERO),
                        (sum, good) ->
                                new Played(
                                        sum.acts() + 1,
                                        sum.unlike() + (good ? 0 : 1),
                                        Duration.ofNanos(System.nanoTime() - begun)))
                .doFinally(_ -> connections.dispose());
    }

    private static Mono<Boolean> isAsItShouldBe(HttpClient client, Act act) {
        return client.headers(headers -> act.headers().forEach(headers::set))
                .request(act.method())
                .uri(act.path())
                .send(
                        act.body().isEmpty()
                                ? Mono.empty()
                                : Mono.fromSupplier(
                                        () ->
                                                Unpooled.copiedBuffer(
                                                        act.body(), StandardCharsets.UTF_8)))
                .responseSingle(
                        (answer, content) ->
                                content.thenReturn(isAsItShouldBe(act, answer.status().code())))
                .onErrorResume(
                        error -> {
                            LOG.debug("{} {}: {}", act.method(), act.path(), error.toString());
                            return Mono.just(false);
                        });
    }

    private static boolean isAsItShouldBe(Act act, int status) {
        if (status != act.answer()) {
            LOG.debug("{} {}: {}", act.method(), act.path(), status);
        }
        return status == act.answer();
    }

    private record Moment(long compiling, long answered) {}

    private static Mono<Moment> quiet(AtomicLong answered) {
        CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
        if (compilers == null || !compilers.isCompilationTimeMonitoringSupported()) {
            return Mono.never();
        }
        return Flux.interval(WINDOW)
                .map(_ -> new Moment(compilers.getTotalCompilationTime(), answered.get()))
                .buffer(QUIET_WINDOWS + 1, 1)
                .filter(moments -> moments.size() > QUIET_WINDOWS && areQuiet(moments))
                .map(List::getLast)
                .next();
    }

    private static boolean areQuiet(List<Moment> moments) {
        for (int i = 1; i < moments.size(); i++) {
            Moment before = moments.get(i - 1);
            Moment after = moments.get(i);
            if (after.compiling() - before.compiling() > WINDOW.toMillis() * QUIET_PART
                    || after.answered() - before.answered() < FEWEST_ACTS) {
                return false;
            }
        }
        return true;
    }
}
