package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.share.Shares.Throttle;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/** So many a second and no more, on a clock that is moved. */
class ThrottleTests {

    private final AtomicLong now = new AtomicLong(-7);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 7, 1_000, 99_999})
    void allowsSoManyASecondAndNotOneMore(long perSecond) {
        Throttle throttle = new Throttle(perSecond, Duration.ofSeconds(1), now::get);

        for (int second = 0; second < 5; second++) {
            assertThat(allowed(throttle, perSecond + 10)).isEqualTo(perSecond);
            pass(Duration.ofSeconds(1));
        }
    }

    @Test
    void fillsEvenly() {
        Throttle throttle = new Throttle(10, Duration.ofSeconds(1), now::get);
        allowed(throttle, 10);

        pass(Duration.ofMillis(99));
        assertThat(throttle.allows()).isFalse();

        pass(Duration.ofMillis(1));
        assertThat(allowed(throttle, 5)).isEqualTo(1);

        pass(Duration.ofMillis(350));
        assertThat(allowed(throttle, 5)).isEqualTo(3);
    }

    @Test
    void savesNothingUpForLongerThanASecond() {
        Throttle throttle = new Throttle(10, Duration.ofSeconds(1), now::get);

        pass(Duration.ofHours(1));

        assertThat(allowed(throttle, 100)).isEqualTo(10);
    }

    @RepeatedTest(20)
    void allowsNotOneMoreToManyAtOnce() throws InterruptedException {
        Throttle throttle = new Throttle(1_000, Duration.ofSeconds(1), now::get);
        AtomicLong allowed = new AtomicLong();
        List<Thread> threads = new ArrayList<>();

        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> allowed.addAndGet(allowed(throttle, 500))));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(allowed).hasValue(1_000);
    }

    private static long allowed(Throttle throttle, long asked) {
        return LongStream.range(0, asked).filter(_ -> throttle.allows()).count();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
