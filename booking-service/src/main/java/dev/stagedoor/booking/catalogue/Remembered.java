package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.store.Lane;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One answer that many ask for, looked up by one of them (stale-while-revalidate). Who finds it old
 * looks it up and waits; who comes meanwhile is given the old one, if it is no older than a few
 * seconds. However often it changes, it is looked up once in a quarter of a second at most. While
 * it cannot be looked up, what is a few seconds old is shown.
 */
final class Remembered<V> {

    private static final long GAP = Duration.ofMillis(250).toNanos();
    private static final long SHOWN_IN_AN_OUTAGE = Duration.ofSeconds(5).toNanos();

    private final long lifetime;
    private final Mono<V> lookUp;
    private final AtomicReference<@Nullable Mono<V>> looking = new AtomicReference<>();
    private volatile @Nullable Known<V> known;
    private volatile boolean changed;

    Remembered(Duration lifetime, Mono<V> lookUp) {
        this.lifetime = lifetime.toNanos();
        this.lookUp = lookUp;
    }

    Mono<V> get() {
        return Mono.defer(
                () -> {
                    Known<V> before = known;
                    boolean good =
                            before != null
                                    && before.age() < (changed ? GAP : Math.max(lifetime, GAP));
                    return good ? before.answer() : look(before);
                });
    }

    /** For whom what is known will not do, unless it was looked up a moment ago. */
    Mono<V> again() {
        return Mono.defer(
                () -> {
                    Known<V> before = known;
                    return before != null && before.age() < GAP ? before.answer() : look(null);
                });
    }

    /** What is known is old from now on. */
    void change() {
        changed = true;
    }

    /** What was found last, if anything was. */
    @Nullable V last() {
        Known<V> last = known;
        return last == null ? null : last.value().orElse(null);
    }

    private Mono<V> look(@Nullable Known<V> before) {
        Mono<V> mine = lookedUp().cache();
        Mono<V> theirs = looking.compareAndExchange(null, mine);
        if (theirs == null) {
            return mine;
        }
        return before == null || before.age() >= SHOWN_IN_AN_OUTAGE ? theirs : before.answer();
    }

    private Mono<V> lookedUp() {
        return Mono.defer(
                () -> {
                    changed = false;
                    long begun = System.nanoTime();
                    return Lane.OPEN
                            .take(lookUp.singleOptional())
                            .doOnNext(found -> known = new Known<>(found, begun))
                            .onErrorResume(this::lastOr)
                            .doOnTerminate(() -> looking.set(null))
                            .flatMap(Mono::justOrEmpty);
                });
    }

    private Mono<Optional<V>> lastOr(Throwable error) {
        Known<V> last = known;
        return last != null && last.age() < SHOWN_IN_AN_OUTAGE
                ? Mono.just(last.value())
                : Mono.error(error);
    }

    private record Known<V>(Optional<V> value, long begun) {
        long age() {
            return System.nanoTime() - begun;
        }

        Mono<V> answer() {
            return Mono.justOrEmpty(value);
        }
    }
}
