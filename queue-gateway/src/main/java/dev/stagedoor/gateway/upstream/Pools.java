package dev.stagedoor.gateway.upstream;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.RemovalCause;

import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.util.function.ThrowingSupplier;

import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Whose connections a request takes: those of its lane to its origin, so that one that is away, or
 * slow, takes nothing of the others (bulkhead), and of those the ones of the event loop that it
 * came in on, so that no thread has to wake another.
 */
public final class Pools {

    /** As many as the gateway has. */
    private static final int LOOPS = Runtime.getRuntime().availableProcessors();

    private static final int MOST_ORIGINS = 1_000;
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

    /** So few connections are not divided: a loop might have none while others have some left. */
    private static final int TOO_FEW_FOR_A_LOOP = 4;

    private final UpstreamProperties upstream;
    private final SslBundles bundles;
    private final LoopResources threads;

    private final LoadingCache<Origin, Lanes> lanes =
            Caffeine.newBuilder()
                    .maximumSize(MOST_ORIGINS)
                    .expireAfterAccess(FORGOTTEN_AFTER)
                    .executor(Runnable::run)
                    .removalListener((Origin _, Lanes of, RemovalCause _) -> of.close())
                    .build(this::lanes);

    /** Whose connections to an origin a request takes (bulkheads): no lane waits for another. */
    public enum Lane {
        /** Of those whose turn has come. */
        ADMITTED,
        SIGNED_IN,
        OPEN
    }

    private record Lanes(Map<Lane, OfLoops> pools) {

        void close() {
            pools.values().forEach(OfLoops::close);
        }
    }

    public Pools(UpstreamProperties upstream, SslBundles bundles, LoopResources threads) {
        this.upstream = upstream;
        this.bundles = bundles;
        this.threads = threads;
    }

    public Pool of(Lane lane, Origin origin, EventLoop loop) {
        return lanes.get(origin).pools().get(lane).on(loop);
    }

    private Lanes lanes(Origin origin) {
        SslContext tls = origin.isSecure() ? trusting(origin.trust()) : null;
        return new Lanes(
                Map.of(
                        Lane.ADMITTED,
                        divided(origin, tls, upstream.connections()),
                        Lane.SIGNED_IN,
                        divided(origin, tls, upstream.signedInConnections()),
                        Lane.OPEN,
                        divided(origin, tls, upstream.openConnections())));
    }

    private OfLoops divided(Origin origin, @Nullable SslContext tls, int most) {
        if (most < LOOPS * TOO_FEW_FOR_A_LOOP) {
            EventLoop one = threads.onClient(true).next();
            return new OfLoops(_ -> one, loop -> pool(origin, tls, most, upstream.pending(), loop));
        }
        int waiting = Math.ceilDiv(upstream.pending(), LOOPS);
        return new OfLoops(
                Function.identity(), loop -> pool(origin, tls, most / LOOPS, waiting, loop));
    }

    private Pool pool(
            Origin origin, @Nullable SslContext tls, int most, int waiting, EventLoop loop) {
        return new Pool(origin, tls, upstream, most, waiting, threads, loop);
    }

    /**
     * @param whose the loop that has the connections for another
     */
    private record OfLoops(
            Function<EventLoop, EventLoop> whose,
            Function<EventLoop, Pool> make,
            Map<EventLoop, Pool> pools) {

        OfLoops(Function<EventLoop, EventLoop> whose, Function<EventLoop, Pool> make) {
            this(whose, make, new ConcurrentHashMap<>());
        }

        Pool on(EventLoop loop) {
            EventLoop its = whose.apply(loop);
            Pool known = pools.get(its);
            return known == null ? pools.computeIfAbsent(its, make) : known;
        }

        void close() {
            pools.values().forEach(Pool::close);
        }
    }

    private SslContext trusting(String trust) {
        SslContextBuilder tls =
                SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS");
        if (!trust.isEmpty()) {
            SslManagerBundle managers = bundles.getBundle(trust).getManagers();
            tls.keyManager(managers.getKeyManagerFactory())
                    .trustManager(managers.getTrustManagerFactory());
        }
        return ThrowingSupplier.of(tls::build).get();
    }

    public void close() {
        lanes.invalidateAll();
    }
}
