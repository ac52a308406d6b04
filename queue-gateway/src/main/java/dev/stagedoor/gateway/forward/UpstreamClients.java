package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.FreshNames;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;

import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * The connections to the upstream, for each event loop its own: a request is carried there and back
 * by the thread that it came in on, and no thread has to wake another.
 */
final class UpstreamClients {

    /** So few connections are not divided: a loop might have none while others have some left. */
    private static final int TOO_FEW_FOR_A_LOOP = 4;

    private final Map<EventLoop, HttpClient> ofLoops = new ConcurrentHashMap<>();
    private final Queue<ConnectionProvider> pools = new ConcurrentLinkedQueue<>();
    private final Function<EventLoop, HttpClient> make;

    /**
     * @param most connections of all loops together
     */
    UpstreamClients(
            String name, int most, LoopResources threads, int loops, UpstreamProperties upstream) {
        if (most < loops * TOO_FEW_FOR_A_LOOP) {
            HttpClient shared =
                    client(pool(name, most, upstream.pending(), upstream), upstream).runOn(threads);
            this.make = _ -> shared;
        } else {
            int each = most / loops;
            int pending = Math.ceilDiv(upstream.pending(), loops);
            this.make = loop -> client(pool(name, each, pending, upstream), upstream).runOn(loop);
        }
    }

    private ConnectionProvider pool(
            String name, int most, int pending, UpstreamProperties upstream) {
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

    private static HttpClient client(ConnectionProvider connections, UpstreamProperties upstream) {
        SocketAddress address = address(upstream.url());
        HttpClient plain =
                HttpClient.create(connections)
                        .remoteAddress(() -> address)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(upstream.connectTimeout().toMillis()))
                        .resolver(FreshNames.INSTANCE)
                        .disableRetry(true);
        HttpClient patient =
                InterimAnswers.keptFrom(ResponseTimeout.with(plain, upstream.responseTimeout()));
        return isSecure(upstream.url()) ? patient.secure() : patient;
    }

    /** As an address once and for all: a base URL would be put in front and parsed each time. */
    private static SocketAddress address(URI url) {
        int standard = isSecure(url) ? 443 : 80;
        int port = url.getPort() < 0 ? standard : url.getPort();
        return InetSocketAddress.createUnresolved(url.getHost(), port);
    }

    private static boolean isSecure(URI url) {
        return "https".equals(url.getScheme());
    }

    HttpClient on(EventLoop loop) {
        HttpClient known = ofLoops.get(loop);
        return known == null ? ofLoops.computeIfAbsent(loop, make) : known;
    }

    void dispose() {
        pools.forEach(ConnectionProvider::dispose);
    }
}
