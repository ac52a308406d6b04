package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Times an answer beside one that needs neither Redis nor the upstream and is asked for at the same
 * moment: a machine that is busy, or stands still, makes both of them late.
 */
final class Beside {

    private Beside() {}

    /**
     * @param longer than the other answer; never negative
     */
    record Timed(HttpResponse<String> answer, Duration longer) {}

    static Timed aRequestThatNeedsNothing(
            ConfigurableApplicationContext gateway, Supplier<HttpResponse<String>> call) {
        FutureTask<Duration> peer = new FutureTask<>(() -> timeOfNothing(gateway));
        Thread.startVirtualThread(peer);
        long begun = System.nanoTime();
        HttpResponse<String> answer = call.get();
        Duration time = since(begun);
        Duration longer = time.minus(join(peer));
        return new Timed(answer, longer.isNegative() ? Duration.ZERO : longer);
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
