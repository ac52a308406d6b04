package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.tracing.Hop;
import dev.stagedoor.common.tracing.Tracing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.timeout.ReadTimeoutException;

import org.reactivestreams.Publisher;
import org.springframework.beans.factory.DisposableBean;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Optional;
import java.util.function.Function;

/**
 * Carries one request to the upstream and its answer back: method, path bytes, query, end-to-end
 * headers and both bodies as they are, buffer by buffer, so that the slower side sets the pace.
 */
public final class UpstreamForwarder implements DisposableBean {

    private static final int DIGITS_OF_SMALL = 4;

    private final ConnectionProvider connections;
    private final HttpClient client;
    private final RequestHeads heads;
    private final Tracing tracing;

    public UpstreamForwarder(
            UpstreamProperties upstream,
            TrustedProxies proxies,
            LoopResources threads,
            Tracing tracing) {
        this.heads = new RequestHeads(proxies);
        this.tracing = tracing;
        this.connections =
                ConnectionProvider.builder("upstream")
                        .maxConnections(upstream.connections())
                        .pendingAcquireMaxCount(upstream.pending())
                        .pendingAcquireTimeout(upstream.pendingTimeout())
                        .maxIdleTime(upstream.idleTimeout())
                        .lifo()
                        .build();
        HttpClient plain =
                HttpClient.create(connections)
                        .remoteAddress(() -> address(upstream.url()))
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(upstream.connectTimeout().toMillis()))
                        .responseTimeout(upstream.responseTimeout())
                        .disableRetry(true)
                        .runOn(threads);
        this.client = isSecure(upstream.url()) ? plain.secure() : plain;
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

    /**
     * @param pass the signed pass, empty on open paths
     * @param obey what to do with the upstream's word on the session, before its answer goes on
     */
    public Mono<Forwarding> forward(
            HttpServerRequest request,
            HttpServerResponse response,
            Optional<String> pass,
            Function<SessionCommand, Mono<Void>> obey) {
        Hop hop =
                tracing.arrive(
                        "forward",
                        request.method().name(),
                        tracing.isOn() ? request.fullPath() : "",
                        request.requestHeaders().get(TraceId.HEADER));
        // So that a problem that comes of this names the same trace.
        RequestHeads.setIfAbsent(request.requestHeaders(), TraceId.HEADER, hop.traceparent());
        Mono<Forwarding> forwarding = forward(request, response, pass, obey, hop.traceparent());
        return tracing.isOn() ? followed(hop, forwarding) : forwarding;
    }

    private static Mono<Forwarding> followed(Hop hop, Mono<Forwarding> forwarding) {
        return forwarding
                .doOnNext(outcome -> hop.end(outcome.status()))
                .doOnError(_ -> hop.end(0))
                .doOnCancel(() -> hop.end(0));
    }

    private Mono<Forwarding> forward(
            HttpServerRequest request,
            HttpServerResponse response,
            Optional<String> pass,
            Function<SessionCommand, Mono<Void>> obey,
            String traceparent) {
        HttpClient.ResponseReceiver<?> receiver =
                client.request(request.method())
                        .uri(RequestHeads.target(request))
                        .send(
                                (sent, out) -> {
                                    heads.write(request, sent.requestHeaders(), pass, traceparent);
                                    return hasBody(request) ? body(request, out) : out;
                                });
        return receiver.response((answer, body) -> passOn(request, answer, body, response, obey))
                .next()
                .onErrorResume(error -> failed(error, response));
    }

    /** Sent as objects, because of a GET or DELETE "send" would collect the whole body first. */
    private static Publisher<Void> body(HttpServerRequest request, NettyOutbound out) {
        if (RequestHeads.isChunked(request)) {
            out.withConnection(upstream -> RequestTrailers.follow(request, upstream));
        }
        return out.sendObject(request.receive().retain());
    }

    @Override
    public void destroy() {
        connections.dispose();
    }

    private static boolean hasBody(HttpServerRequest request) {
        HttpHeaders headers = request.requestHeaders();
        return RequestHeads.isChunked(request)
                || headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                        && !"0".equals(headers.get(HttpHeaderNames.CONTENT_LENGTH));
    }

    private static Publisher<Forwarding> passOn(
            HttpServerRequest request,
            HttpClientResponse answer,
            ByteBufFlux body,
            HttpServerResponse response,
            Function<SessionCommand, Mono<Void>> obey) {
        Mono<Void> sent = Mono.defer(() -> send(request, answer, body, response));
        return command(answer)
                .map(word -> obey.apply(word).then(sent))
                .orElse(sent)
                .thenReturn(new Forwarding.Answered(answer.status().code()));
    }

    private static Mono<Void> send(
            HttpServerRequest request,
            HttpClientResponse answer,
            ByteBufFlux body,
            HttpServerResponse response) {
        response.status(answer.status());
        HopByHop.copyToClient(answer.responseHeaders(), response.responseHeaders());
        if (isBodiless(request, answer)) {
            return response.send().then();
        }
        return isSmall(answer)
                ? response.send(body.aggregate().retain()).then()
                : response.send(withTrailers(answer, body, response)).then();
    }

    /** Sent in one piece with its head: most answers are. */
    private static boolean isSmall(HttpClientResponse answer) {
        String length = answer.responseHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null && !length.equals("0") && length.length() <= DIGITS_OF_SMALL;
    }

    /** What follows the body is known when the body has ended, and goes on with its end. */
    private static Flux<ByteBuf> withTrailers(
            HttpClientResponse answer, ByteBufFlux body, HttpServerResponse response) {
        if (!answer.responseHeaders().contains(HttpHeaderNames.TRAILER)) {
            return body.retain();
        }
        HttpHeaders trailers = new DefaultHttpHeaders();
        response.trailerHeaders(headers -> HopByHop.copyToClient(trailers, headers));
        return body.retain()
                .concatWith(answer.trailerHeaders().doOnNext(trailers::set).then(Mono.empty()));
    }

    private static boolean isBodiless(HttpServerRequest request, HttpClientResponse answer) {
        int status = answer.status().code();
        return request.method().equals(HttpMethod.HEAD) || status == 204 || status == 304;
    }

    private static Optional<SessionCommand> command(HttpClientResponse answer) {
        return Optional.ofNullable(answer.responseHeaders().get(Headers.SESSION))
                .flatMap(SessionCommand::parse);
    }

    private static Mono<Forwarding> failed(Throwable error, HttpServerResponse response) {
        if (response.hasSentHeaders()) {
            return Mono.just(new Forwarding.BrokenOff());
        }
        return switch (error) {
            case PoolAcquirePendingLimitException _, PoolAcquireTimeoutException _ ->
                    Mono.just(Forwarding.Failed.BUSY);
            case ReadTimeoutException _ -> Mono.just(Forwarding.Failed.TIMEOUT);
            case ConnectTimeoutException _, IOException _ ->
                    Mono.just(Forwarding.Failed.UNREACHABLE);
            default -> Mono.error(error);
        };
    }
}
