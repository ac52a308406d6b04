package dev.stagedoor.common.rehearsal;

import com.sun.management.OperatingSystemMXBean;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/**
 * Plays acts over loopback until the compilers have hardly anything left to do, or it has cost
 * enough. What is heard is thrown away, but for what was not answered as it should be.
 */
public final class Rehearsal {

    private static final Duration LONGEST = Duration.ofSeconds(10);

    /**
     * Of processor time, all of the service's: some five seconds of two cores that have nothing
     * else to do, and where there is less to be had the clock ends it.
     */
    private static final Duration DEAREST = Duration.ofSeconds(9);

    /** A large method keeps a compiler for a while, and is counted when it is done. */
    private static final Duration WINDOW = Duration.ofMillis(500);

    private static final int QUIET_WINDOWS = 2;
    private static final double QUIET_PART = 0.1;

    /** Before them, or while next to nothing is played, quiet compilers mean nothing. */
    private static final int FEWEST_ACTS = 2_000;

    private static final int FEWEST_OF_A_WINDOW = 4 * Visitors.AT_ONCE;

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private Rehearsal() {}

    /**
     * @param unlike how many were not answered as they should be
     */
    public record Played(long acts, long unlike, Duration took) {}

    /**
     * Never fails: nobody is to be kept from the sale by a rehearsal.
     *
     * @param once so that nothing is done for the first time afterwards
     * @param often what is to be fast
     */
    public static Mono<Played> play(
            List<Act> once, List<Act> often, int port, LoopResources threads) {
        return play(once, often, port, threads, LONGEST, LONGEST_ANSWER);
    }

    static Mono<Played> play(
            List<Act> once,
            List<Act> often,
            int port,
            LoopResources threads,
            Duration longest,
            Duration longestAnswer) {
        Visitors visitors = new Visitors(once, often, port, threads);
        Moment begun = Moment.now(visitors);
        visitors.come();
        return Mono.firstWithSignal(
                        enough(visitors, begun), Mono.delay(longest), visitors.areGone())
                .then(Mono.defer(() -> visitors.goHome(longestAnswer)))
                .then(
                        Mono.fromSupplier(
                                () ->
                                        new Played(
                                                visitors.answered(),
                                                visitors.unlike(),
                                                Duration.ofNanos(
                                                        System.nanoTime() - begun.nanos()))));
    }

    private static Mono<Moment> enough(Visitors visitors, Moment begun) {
        return Flux.interval(WINDOW)
                .map(_ -> Moment.now(visitors))
                .startWith(begun)
                .buffer(QUIET_WINDOWS + 1, 1)
                .filter(moments -> hasCostEnough(begun, moments) || areQuiet(moments))
                .map(List::getLast)
                .next();
    }

    private static boolean hasCostEnough(Moment begun, List<Moment> moments) {
        return moments.getLast().processor() - begun.processor() > DEAREST.toNanos();
    }

    private static boolean areQuiet(List<Moment> moments) {
        if (moments.size() <= QUIET_WINDOWS || moments.getLast().answered() < FEWEST_ACTS) {
            return false;
        }
        for (int i = 1; i < moments.size(); i++) {
            Moment before = moments.get(i - 1);
            Moment after = moments.get(i);
            if (after.compiling() - before.compiling() > WINDOW.toMillis() * QUIET_PART
                    || after.answered() - before.answered() < FEWEST_OF_A_WINDOW) {
                return false;
            }
        }
        return true;
    }

    /**
     * @param compiling ms that the compilers have been busy; on a JVM that does not say, they are
     *     never quiet
     * @param processor ns of processor time that the service has had
     */
    private record Moment(long nanos, long compiling, long processor, long answered) {

        private static final @Nullable CompilationMXBean COMPILERS =
                ManagementFactory.getCompilationMXBean();
        private static final OperatingSystemMXBean SYSTEM =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

        static Moment now(Visitors visitors) {
            long nanos = System.nanoTime();
            return new Moment(
                    nanos,
                    COMPILERS != null && COMPILERS.isCompilationTimeMonitoringSupported()
                            ? COMPILERS.getTotalCompilationTime()
                            : nanos,
                    SYSTEM.getProcessCpuTime(),
                    visitors.answered());
        }
    }
}
