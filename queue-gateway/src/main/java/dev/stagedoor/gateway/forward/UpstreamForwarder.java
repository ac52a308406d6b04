package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.tracing.Hop;
import dev.stagedoor.common.tracing.Tracing;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

import org.reactivestreams.Publisher;
import org.springframework.beans.factory.DisposableBean;

import reactor.core.publisher.Mono;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

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

    private final ConnectionProvider connections;
    private final HttpClient client;
    private final RequestHeads heads;
    private final PassingOn passingOn;
    private final Tracing tracing;
    private final Failures failures = new Failures();

    public UpstreamForwarder(
            UpstreamProperties upstream,
            TrustedProxies proxies,
            AnswerHeads answerHeads,
            LoopResources threads,
            Tracing tracing) {
        this.heads = new RequestHeads(proxies);
        this.passingOn = new PassingOn(answerHeads);
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
                        .disableRetry(true)
                        .runOn(threads);
        HttpClient patient =
                InterimAnswers.keptFrom(ResponseTimeout.with(plain, upstream.responseTimeout()));
        this.client = isSecure(upstream.url()) ? patient.secure() : patient;
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
    public Mono<Forwarded> forward(
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
        request.requestHeaders().set(TraceId.HEADER, hop.traceparent());
        Mono<Forwarded> forwarding = forward(request, response, pass, obey, hop.traceparent());
        return tracing.isOn() ? followed(hop, forwarding) : forwarding;
    }

    private static Mono<Forwarded> followed(Hop hop, Mono<Forwarded> forwarding) {
        return forwarding
                .doOnNext(outcome -> hop.end(outcome.status()))
                .doOnError(_ -> hop.end(0))
                .doOnCancel(() -> hop.end(0));
    }

    private Mono<Forwarded> forward(
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
        return receiver.response(
                        (answer, body) -> passingOn.passOn(request, answer, body, response, obey))
                .next()
                .onErrorResume(error -> Mono.just(failures.of(error, response)));
    }

    /** Sent as objects, because of a GET or DELETE "send" would collect the whole body first. */
    private static Publisher<Void> body(HttpServerRequest request, NettyOutbound out) {
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
}
