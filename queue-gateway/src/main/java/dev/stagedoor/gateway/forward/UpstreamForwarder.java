package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.tracing.Hop;
import dev.stagedoor.common.tracing.Tracing;
import dev.stagedoor.gateway.upstream.Exchange;
import dev.stagedoor.gateway.upstream.Lane;
import dev.stagedoor.gateway.upstream.Origin;
import dev.stagedoor.gateway.upstream.Pool;
import dev.stagedoor.gateway.upstream.Pools;
import dev.stagedoor.gateway.upstream.UpstreamProperties;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.SmartLifecycle;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Carries one request to the upstream and its answer back: method, path bytes, query, end-to-end
 * headers and both bodies as they are, buffer by buffer, so that the slower side sets the pace.
 */
public final class UpstreamForwarder implements SmartLifecycle, DisposableBean {

    private final UpstreamProperties upstream;
    private final Pools pools;
    private final Heads heads;
    private final PassingOn passingOn;
    private final Upgrade upgrade;
    private final Tracing tracing;
    private final Failures failures = new Failures();
    private volatile boolean isRunning;

    /**
     * @param originsAreOurs whether the gateway says which origins may read an answer: the upstream
     *     must not contradict, and saying it twice is as bad as not at all
     * @param longestPause how long a WebSocket may be silent
     */
    public UpstreamForwarder(
            UpstreamProperties upstream,
            TrustedProxies proxies,
            boolean originsAreOurs,
            SslBundles bundles,
            LoopResources threads,
            int loops,
            Tracing tracing,
            Duration longestPause) {
        this.heads = new Heads(proxies);
        this.passingOn = new PassingOn(originsAreOurs);
        this.upgrade = new Upgrade(originsAreOurs, longestPause);
        this.tracing = tracing;
        this.upstream = upstream;
        this.pools = new Pools(upstream, bundles, threads, loops);
    }

    /**
     * @param origin where to
     * @param lane by whose connections
     * @param pass the signed pass, empty on open paths
     */
    public Mono<Forwarded> forward(
            HttpServerRequest request,
            HttpServerResponse response,
            Origin origin,
            Lane lane,
            Optional<String> pass,
            Session session) {
        Hop hop =
                tracing.arrive(
                        "forward",
                        request.method().name(),
                        tracing.isOn() ? request.fullPath() : "",
                        request.requestHeaders().get(TraceId.HEADER));
        // So that the upstream and a problem that comes of this name the same trace.
        request.requestHeaders().set(TraceId.HEADER, hop.traceparent());
        Mono<Forwarded> forwarding = carry(request, response, origin, lane, pass, session);
        return tracing.isOn() ? followed(hop, forwarding) : forwarding;
    }

    private static Mono<Forwarded> followed(Hop hop, Mono<Forwarded> forwarding) {
        return forwarding
                .doOnNext(outcome -> hop.end(outcome.status()))
                .doOnError(_ -> hop.end(0))
                .doOnCancel(() -> hop.end(0));
    }

    private Mono<Forwarded> carry(
            HttpServerRequest request,
            HttpServerResponse response,
            Origin origin,
            Lane lane,
            Optional<String> pass,
            Session session) {
        RequestBody body = new RequestBody(request, upstream.bodyBuffer(), upstream.maxBodySize());
        Function<@Nullable Publisher<ByteBuf>, Mono<Forwarded>> exchange =
                sent -> exchange(request, response, origin, lane, pass, session, sent);
        Mono<Forwarded> forwarded =
                body.isNone()
                        ? Mono.defer(() -> exchange.apply(null))
                        : afterItsBeginning(body, exchange);
        return forwarded.onErrorResume(error -> Mono.just(failures.of(error, response)));
    }

    private static Mono<Forwarded> afterItsBeginning(
            RequestBody body, Function<@Nullable Publisher<ByteBuf>, Mono<Forwarded>> exchange) {
        return body.parts()
                .switchOnFirst(
                        (first, parts) ->
                                first.isOnError()
                                        ? parts.thenMany(Flux.<Forwarded>empty())
                                        : exchange.apply(
                                                parts.concatMapIterable(Function.identity())))
                .next();
    }

    /**
     * @param body null without one
     */
    private Mono<Forwarded> exchange(
            HttpServerRequest request,
            HttpServerResponse response,
            Origin origin,
            Lane lane,
            Optional<String> pass,
            Session session,
            @Nullable Publisher<ByteBuf> body) {
        boolean isUpgrade = lane == Lane.ADMITTED && body == null && Upgrade.isAsked(request);
        Pool pool = pools.of(lane, origin, loop(response));
        HttpHeaders head = heads.ofRequest(request, pool.host(), pass);
        if (isUpgrade) {
            Upgrade.ask(head);
        }
        Exchange exchange =
                new Exchange(pool, request.method(), Heads.target(request), head, body);
        return exchange.answer()
                .flatMap(
                        answered ->
                                answered.isSwitch()
                                        ? upgrade.begin(response, answered, session)
                                        : passingOn.passOn(answered, response, session))
                .doFinally(_ -> exchange.close());
    }

    @Override
    public void start() {
        isRunning = true;
    }

    /** Whoever is on a WebSocket is not waited for: it may last for hours. */
    @Override
    public void stop() {
        isRunning = false;
        upgrade.endAll();
    }

    @Override
    public boolean isRunning() {
        return isRunning;
    }

    private static EventLoop loop(HttpServerResponse response) {
        return ((ChannelOperations<?, ?>) response).channel().eventLoop();
    }

    @Override
    public void destroy() {
        pools.close();
    }
}
