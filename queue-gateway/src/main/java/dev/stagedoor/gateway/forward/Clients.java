package dev.stagedoor.gateway.forward;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.RemovalCause;

import dev.stagedoor.common.FreshNames;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;

import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;

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
    private final int loops;

    private final LoadingCache<Origin, Lanes> lanes =
            Caffeine.newBuilder()
                    .maximumSize(MOST_ORIGINS)
                    .expireAfterAccess(FORGOTTEN_AFTER)
                    .executor(Runnable::run)
                    .removalListener((Origin _, Lanes of, RemovalCause _) -> of.close())
                    .build(this::lanes);

    private record Lanes(Map<Lane, OriginClients> clients) {

        void close() {
            clients.values().forEach(OriginClients::close);
        }
    }

    Clients(UpstreamProperties upstream, SslBundles bundles, LoopResources threads, int loops) {
        this.upstream = upstream;
        this.bundles = bundles;
        this.threads = threads;
        this.loops = loops;
    }

    HttpClient of(Lane lane, Origin origin, EventLoop loop) {
        return lanes.get(origin).clients().get(lane).on(loop);
    }

    private Lanes lanes(Origin origin) {
        return new Lanes(
                Map.of(
                        Lane.ADMITTED,
                        clients("upstream", upstream.connections(), origin),
                        Lane.SIGNED_IN,
                        clients("upstream-signed-in", upstream.signedInConnections(), origin),
                        Lane.OPEN,
                        clients("upstream-open", upstream.openConnections(), origin)));
    }

    private OriginClients clients(String name, int most, Origin origin) {
        return new OriginClients(
                name, most, threads, loops, upstream, pool -> client(pool, origin));
    }

    private HttpClient client(ConnectionProvider pool, Origin origin) {
        SocketAddress address = origin.address();
        HttpClient plain =
                HttpClient.create(pool)
                        .remoteAddress(() -> address)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(upstream.connectTimeout().toMillis()))
                        .resolver(FreshNames.INSTANCE)
                        .disableRetry(true);
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
        lanes.invalidateAll();
    }
}
