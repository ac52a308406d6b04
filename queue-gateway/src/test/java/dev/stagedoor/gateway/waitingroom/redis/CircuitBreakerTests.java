package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Awaiting;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import io.lettuce.core.RedisConnectionException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

@Alone // it reads what all of this JVM log
class CircuitBreakerTests {

    private static final String BEGUN = "main: Redis does not answer";
    private static final String ENDED = "main: Redis answers again";

    /** As the client says it of a node of a cluster that it connects to meanwhile. */
    @Test
    void aNodeThatCannotBeReachedInTimeIsAway() {
        CircuitBreaker breaker = new CircuitBreaker("main", Duration.ofMinutes(1), Mono.empty());
        Throwable late = new CompletionException(new RedisConnectionException("too late"));

        assertThatThrownBy(() -> breaker.guard(Mono.error(late)).block())
                .isInstanceOf(LineUnavailable.class)
                .hasMessage("too late");
        assertThat(breaker.isClosed()).isFalse();
    }

    /** Of many rooms all at once; and yet an outage that comes soon after is not passed over. */
    @Test
    @ExtendWith({Awaiting.class, OutputCaptureExtension.class})
    void aRedisThatComesAndGoesIsToldNowAndThen(CapturedOutput log) {
        AtomicBoolean isTime = new AtomicBoolean(true);
        CircuitBreaker breaker =
                new CircuitBreaker(
                        "main", Duration.ofMinutes(1), Mono.empty(), () -> isTime.getAndSet(false));
        Mono<Integer> away = breaker.guard(Mono.error(new RedisConnectionException("away")));
        Mono<Integer> there = breaker.guard(Mono.just(1));

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(away::block).isInstanceOf(LineUnavailable.class);
            await().until(() -> there.onErrorComplete().blockOptional().isPresent());
        }
        assertThatThrownBy(away::block).isInstanceOf(LineUnavailable.class);

        assertThat(log).containsOnlyOnce(BEGUN).containsOnlyOnce(ENDED);
        isTime.set(true);
        await().until(
                        () -> {
                            away.onErrorComplete().block();
                            return count(log, BEGUN) == 2;
                        });
    }

    private static int count(CapturedOutput log, String line) {
        return log.getAll().split(line, -1).length - 1;
    }
}
