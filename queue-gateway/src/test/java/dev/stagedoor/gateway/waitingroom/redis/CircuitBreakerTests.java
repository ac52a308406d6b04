package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import io.lettuce.core.RedisConnectionException;

import org.junit.jupiter.api.Test;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.concurrent.CompletionException;

class CircuitBreakerTests {

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
}
