package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Times an answer beside one that needs neither Redis nor the upstream and is asked for at the same
 * moment: a machine that is busy, or stands still, makes both of them late.
 */
final class Beside {

    private Beside() {}

    /**
     * @param nothing what the other answer took
     */
    record Timed(HttpResponse<String> answer, Duration time, Duration nothing) {

        /** Than the other answer; never negative. */
        Duration longer() {
            Duration longer = time.minus(nothing);
            return longer.isNegative() ? Duration.ZERO : longer;
        }
    }

    /**
     * How much longer all but the slowest one in so many took than three times what the other
     * answers did: of many, those that a busy machine makes late need not be asked for at the same
     * moment.
     */
    static Duration slowness(int oneIn, Collection<Timed> all) {
        return slowest(oneIn, all, Timed::time)
                .minus(slowest(oneIn, all, Timed::nothing).multipliedBy(3));
    }

    private static Duration slowest(
            int oneIn, Collection<Timed> all, Function<Timed, Duration> time) {
        List<Duration> sorted = all.stream().map(time).sorted().toList();
        return sorted.get(sorted.size() - 1 - sorted.size() / oneIn);
    }

    static Timed aRequestThatNeedsNothing(
            ConfigurableApplicationContext gateway, Supplier<HttpResponse<String>> call) {
        FutureTask<Duration> peer = new FutureTask<>(() -> timeOfNothing(gateway));
        Thread.startVirtualThread(peer);
        long begun = System.nanoTime();
        HttpResponse<String> answer = call.get();
        return new Timed(answer, since(begun), join(peer));
    }

    private static Duration timeOfNothing(ConfigurableApplicationContext gateway) {
        long begun = System.nanoTime();
        HttpResponse<String> nothing = Visitor.send(Visitor.request(gateway, "/ops"));
        assertThat(nothing.statusCode()).isEqualTo(404);
        return since(begun);
    }

    private static Duration join(FutureTask<Duration> peer) {
        try {
            return peer.get();
        } catch (Exception e) {
            throw new AssertionError("no answer to a request that needs nothing", e);
        }
    }

    private static Duration since(long begun) {
        return Duration.ofNanos(System.nanoTime() - begun);
    }
}
