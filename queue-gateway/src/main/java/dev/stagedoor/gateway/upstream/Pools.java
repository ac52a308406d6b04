package dev.stagedoor.gateway.upstream;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.RemovalCause;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.EventExecutor;

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
 * came in on, so that no thread has to wake another, while any of these are left.
 */
public final class Pools {

    private static final int MOST_ORIGINS = 1_000;
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

    /** So few connections are not divided: a loop might have none while others have some left. */
    private static final int TOO_FEW_FOR_A_LOOP = 4;

    private final UpstreamProperties upstream;
    private final SslBundles bundles;
    private final LoopResources threads;
    private final ByteBufAllocator buffers;
    private final int loops;

    private final LoadingCache<Origin, Map<Lane, OfLoops>> lanes =
            Caffeine.newBuilder()
                    .maximumSize(MOST_ORIGINS)
                    .expireAfterAccess(FORGOTTEN_AFTER)
                    .executor(Runnable::run)
                    .removalListener(
                            (Origin _, Map<Lane, OfLoops> of, RemovalCause _) ->
                                    of.values().forEach(OfLoops::close))
                    .build(this::lanes);

    /** Whose connections to an origin a request takes (bulkheads): no lane waits for another. */
    public enum Lane {
        /** Of those whose turn has come. */
        ADMITTED,
        SIGNED_IN,
        OPEN,
        /** Of those whose turn has come, what lasts for as long as they like. */
        WEBSOCKETS
    }

    /**
     * @param loops that the gateway has
     */
    public Pools(
            UpstreamProperties upstream,
            SslBundles bundles,
            LoopResources threads,
            ByteBufAllocator buffers,
            int loops) {
        this.upstream = upstream;
        this.bundles = bundles;
        this.threads = threads;
        this.buffers = buffers;
        this.loops = loops;
    }

    public Pool of(Lane lane, Origin origin, EventLoop loop) {
        return lanes.get(origin).get(lane).on(loop);
    }

    private Map<Lane, OfLoops> lanes(Origin origin) {
        SslContext tls = origin.isSecure() ? trusting(origin.trust()) : null;
        return Map.of(
                Lane.ADMITTED, divided(origin, tls, upstream.connections()),
                Lane.SIGNED_IN, divided(origin, tls, upstream.signedInConnections()),
                Lane.OPEN, divided(origin, tls, upstream.openConnections()),
                Lane.WEBSOCKETS, divided(origin, tls, upstream.connections()));
    }

    private OfLoops divided(Origin origin, @Nullable SslContext tls, int most) {
        if (most < loops * TOO_FEW_FOR_A_LOOP) {
            return new OfLoops(
                    threads.onClient(true).next(),
                    loop -> pool(origin, tls, most, upstream.pending(), loop));
        }
        int waiting = Math.ceilDiv(upstream.pending(), loops);
        return new OfLoops(null, loop -> pool(origin, tls, most / loops, waiting, loop));
    }

    private Pool pool(
            Origin origin, @Nullable SslContext tls, int most, int waiting, EventLoop loop) {
        return new Pool(origin, tls, upstream, most, waiting, threads, buffers, loop);
    }

    /**
     * @param one that has the connections of all; null where each has its own
     */
    private record OfLoops(
            @Nullable EventLoop one, Function<EventLoop, Pool> make, Map<EventLoop, Pool> pools) {

        OfLoops(@Nullable EventLoop one, Function<EventLoop, Pool> make) {
            this(one, make, new ConcurrentHashMap<>());
        }

        Pool on(EventLoop loop) {
            if (one != null) {
                return of(one);
            }
            Pool own = of(loop);
            return own.isFull() ? another(loop, own) : own;
        }

        /** A single client may come in on one loop, and take all that this has. */
        private Pool another(EventLoop loop, Pool own) {
            for (EventExecutor other : loop.parent()) {
                Pool its = of((EventLoop) other);
                if (!its.isFull()) {
                    return its;
                }
            }
            return own;
        }

        private Pool of(EventLoop loop) {
            Pool known = pools.get(loop);
            return known == null ? pools.computeIfAbsent(loop, make) : known;
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
