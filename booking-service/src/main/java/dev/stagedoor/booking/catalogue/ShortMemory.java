package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.store.Lane;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Answers that many ask for at once: each is looked up once and given to all who ask within a short
 * time. Failures are not remembered. Of two thousand keys it forgets all rather than grow.
 */
final class ShortMemory<K, V> {

    private static final int MOST = 2_000;

    private final Duration lifetime;
    private final Function<K, Mono<V>> lookUp;
    private final Map<K, Remembered<V>> remembered = new ConcurrentHashMap<>();

    ShortMemory(Duration lifetime, Function<K, Mono<V>> lookUp) {
        this.lifetime = lifetime;
        this.lookUp = lookUp;
    }

    Mono<V> get(K key) {
        return Mono.defer(() -> fresh(key).answer());
    }

    void forget(K key) {
        remembered.remove(key);
    }

    void forgetIf(Predicate<K> changed) {
        remembered.keySet().removeIf(changed);
    }

    void forgetAll() {
        remembered.clear();
    }

    private Remembered<V> fresh(K key) {
        if (remembered.size() >= MOST) {
            remembered.clear();
        }
        return remembered.compute(
                key, (_, known) -> known != null && known.isFresh() ? known : look(key));
    }

    private Remembered<V> look(K key) {
        Mono<V> answer = Lane.OPEN.take(lookUp.apply(key)).doOnError(_ -> forget(key)).cache();
        return new Remembered<>(answer, System.nanoTime() + lifetime.toNanos());
    }

    private record Remembered<V>(Mono<V> answer, long until) {
        boolean isFresh() {
            return System.nanoTime() - until < 0;
        }
    }
}
