package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;

/** One looks, the others are told; however often it changes. */
@Timeout(20)
class RememberedTests {

    private final Deque<Sinks.One<String>> lookUps = new ArrayDeque<>();
    private final AtomicInteger looked = new AtomicInteger();
    private final Remembered<String> remembered =
            new Remembered<>(Duration.ofMinutes(1), Mono.defer(this::lookUp));

    private Mono<String> lookUp() {
        looked.incrementAndGet();
        lookUps.add(Sinks.one());
        return lookUps.getLast().asMono();
    }

    @Test
    void isLookedUpOnceForAllWhoComeBeforeItIsKnown() {
        var told = Flux.range(0, 100).flatMap(_ -> remembered.get(), 100).collectList().toFuture();

        lookUps.remove().tryEmitValue("one");

        assertThat(told.join()).hasSize(100).containsOnly("one");
        assertThat(looked).hasValue(1);
    }

    @Test
    void isShownOldToAllButTheOneWhoLooks() {
        isKnownAs("one");
        remembered.change();
        Mono.delay(Duration.ofMillis(300)).block();

        var looking = remembered.get().toFuture();

        assertThat(remembered.get().block()).isEqualTo("one");
        assertThat(looking).isNotDone();
        lookUps.remove().tryEmitValue("two");
        assertThat(looking.join()).isEqualTo("two");
        assertThat(remembered.get().block()).isEqualTo("two");
        assertThat(looked).hasValue(2);
    }

    /** Whatever has changed meanwhile may not be in it. */
    @Test
    void isAsOldAsTheBeginOfItsLookUp() {
        Remembered<String> brief =
                new Remembered<>(Duration.ofMillis(300), Mono.defer(this::lookUp));
        var slow = brief.get().toFuture();
        Mono.delay(Duration.ofMillis(350)).block();
        lookUps.remove().tryEmitValue("one");
        slow.join();

        var next = brief.get().toFuture();
        lookUps.remove().tryEmitValue("two");

        assertThat(next.join()).isEqualTo("two");
    }

    @Test
    void isWaitedForByAllOnceItIsOlderThanAnOutageMayMakeIt() {
        Remembered<String> brief =
                new Remembered<>(Duration.ofSeconds(1), Mono.defer(this::lookUp));
        var first = brief.get().toFuture();
        lookUps.remove().tryEmitValue("one");
        first.join();
        Mono.delay(Duration.ofMillis(5_100)).block();

        var looking = Flux.range(0, 100).flatMap(_ -> brief.get(), 100).collectList().toFuture();
        assertThat(looking).isNotDone();
        lookUps.remove().tryEmitValue("two");

        assertThat(looking.join()).hasSize(100).containsOnly("two");
        assertThat(looked).hasValue(2);
    }

    @Test
    void isLookedUpFourTimesASecondAtMostHoweverOftenItChanges() {
        Remembered<Integer> busy =
                new Remembered<>(Duration.ofMinutes(1), Mono.fromSupplier(looked::incrementAndGet));
        long begun = System.nanoTime();
        busy.get().block();
        while (looked.get() < 3) {
            busy.change();
            busy.get().block();
        }

        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isGreaterThanOrEqualTo(Duration.ofMillis(500));
    }

    /** A change that comes while somebody looks may not have been seen by that look. */
    @Test
    void isLookedUpAgainIfItChangedMeanwhile() {
        var looking = remembered.get().toFuture();
        remembered.change();
        lookUps.remove().tryEmitValue("one");
        looking.join();
        Mono.delay(Duration.ofMillis(300)).block();

        var again = remembered.get().toFuture();
        lookUps.remove().tryEmitValue("two");

        assertThat(again.join()).isEqualTo("two");
    }

    @Test
    void isShownForAWhileThoughItCannotBeLookedUp() {
        isKnownAs("one");
        remembered.change();
        Mono.delay(Duration.ofMillis(300)).block();

        var looking = remembered.get().toFuture();
        lookUps.remove().tryEmitError(new IllegalStateException("away"));

        assertThat(looking.join()).isEqualTo("one");
    }

    @Test
    void isNothingThatFailed() {
        var looking = remembered.get().toFuture();
        lookUps.remove().tryEmitError(new IllegalStateException("away"));
        assertThatThrownBy(looking::join).hasRootCauseMessage("away");

        isKnownAs("one");

        assertThat(remembered.get().block()).isEqualTo("one");
    }

    private void isKnownAs(String value) {
        var looking = remembered.get().toFuture();
        lookUps.remove().tryEmitValue(value);
        looking.join();
    }
}
