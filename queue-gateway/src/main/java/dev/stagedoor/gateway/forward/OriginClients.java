package dev.stagedoor.gateway.forward;

import io.netty.channel.EventLoop;

import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * The connections to one origin, for each event loop its own: a request is carried there and back
 * by the thread that it came in on, and no thread has to wake another.
 */
final class OriginClients {

    /** So few connections are not divided: a loop might have none while others have some left. */
    private static final int TOO_FEW_FOR_A_LOOP = 4;

    private final UpstreamProperties upstream;
    private final Map<EventLoop, HttpClient> ofLoops = new ConcurrentHashMap<>();
    private final Queue<ConnectionProvider> pools = new ConcurrentLinkedQueue<>();
    private final Function<EventLoop, HttpClient> make;

    /**
     * @param most connections of all loops together
     * @param client one that uses such connections
     */
    OriginClients(
            String name,
            int most,
            LoopResources threads,
            int loops,
            UpstreamProperties upstream,
            Function<ConnectionProvider, HttpClient> client) {
        this.upstream = upstream;
        if (most < loops * TOO_FEW_FOR_A_LOOP) {
            HttpClient shared = client.apply(pool(name, most, upstream.pending())).runOn(threads);
            this.make = _ -> shared;
        } else {
            int pending = Math.ceilDiv(upstream.pending(), loops);
            this.make = loop -> client.apply(pool(name, most / loops, pending)).runOn(loop);
        }
    }

    private ConnectionProvider pool(String name, int most, int pending) {
        ConnectionProvider pool =
                ConnectionProvider.builder(name)
                        .maxConnections(most)
                        .pendingAcquireMaxCount(pending)
                        .pendingAcquireTimeout(upstream.pendingTimeout())
                        .maxIdleTime(upstream.idleTimeout())
                        .lifo()
                        .build();
        pools.add(pool);
        return pool;
    }

    HttpClient on(EventLoop loop) {
        HttpClient known = ofLoops.get(loop);
        return known == null ? ofLoops.computeIfAbsent(loop, make) : known;
    }

    /** What is under way goes on to its end. */
    void close() {
        pools.forEach(ConnectionProvider::dispose);
    }
}
