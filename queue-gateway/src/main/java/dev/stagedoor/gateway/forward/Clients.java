package dev.stagedoor.gateway.forward;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;

import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import java.io.UncheckedIOException;
import java.time.Duration;

import javax.net.ssl.SSLException;

/**
 * Whom to send a request with: a pool of connections for each origin, so that one that is away, or
 * slow, takes nothing of the others (bulkhead).
 */
final class Clients {

    private static final int MOST_ORIGINS = 1_000;
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

    private final UpstreamProperties upstream;
    private final SslBundles bundles;
    private final LoopResources threads;
    private final ConnectionProvider connections;

    /** Of their own, so that a crowd outside takes nothing from those who are inside. */
    private final ConnectionProvider openConnections;

    private final Cache<Origin, Pair> pairs =
            Caffeine.newBuilder().maximumSize(MOST_ORIGINS).build();

    private record Pair(HttpClient admitted, HttpClient open) {}

    Clients(UpstreamProperties upstream, SslBundles bundles, LoopResources threads) {
        this.upstream = upstream;
        this.bundles = bundles;
        this.threads = threads;
        this.connections = pool("upstream", upstream.connections(), upstream);
        this.openConnections = pool("upstream-open", upstream.openConnections(), upstream);
    }

    private static ConnectionProvider pool(String name, int most, UpstreamProperties upstream) {
        return ConnectionProvider.builder(name)
                .maxConnections(most)
                .pendingAcquireMaxCount(upstream.pending())
                .pendingAcquireTimeout(upstream.pendingTimeout())
                .maxIdleTime(upstream.idleTimeout())
                .disposeInactivePoolsInBackground(FORGOTTEN_AFTER, FORGOTTEN_AFTER)
                .lifo()
                .build();
    }

    HttpClient admitted(Origin origin) {
        return pairs.get(origin, this::pair).admitted();
    }

    HttpClient open(Origin origin) {
        return pairs.get(origin, this::pair).open();
    }

    private Pair pair(Origin origin) {
        return new Pair(client(connections, origin), client(openConnections, origin));
    }

    private HttpClient client(ConnectionProvider pool, Origin origin) {
        HttpClient plain =
                HttpClient.create(pool)
                        .remoteAddress(origin::address)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(upstream.connectTimeout().toMillis()))
                        .disableRetry(true)
                        .runOn(threads);
        HttpClient patient =
                InterimAnswers.keptFrom(ResponseTimeout.with(plain, upstream.responseTimeout()));
        return origin.isSecure() ? secure(patient, origin.trust()) : patient;
    }

    private HttpClient secure(HttpClient client, String trust) {
        if (trust.isEmpty()) {
            return client.secure();
        }
        SslContext context = trusting(bundles.getBundle(trust).getManagers());
        return client.secure(tls -> tls.sslContext(context));
    }

    private static SslContext trusting(SslManagerBundle managers) {
        try {
            return SslContextBuilder.forClient()
                    .keyManager(managers.getKeyManagerFactory())
                    .trustManager(managers.getTrustManagerFactory())
                    .build();
        } catch (SSLException e) {
            throw new UncheckedIOException(e);
        }
    }

    void close() {
        connections.dispose();
        openConnections.dispose();
    }
}
