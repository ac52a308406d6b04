package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.tracing.Hop;
import dev.stagedoor.common.tracing.Tracing;

import io.netty.buffer.ByteBuf;

import org.reactivestreams.Publisher;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.ssl.SslBundles;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

import java.util.Optional;
import java.util.function.Function;

/**
 * Carries one request to the upstream and its answer back: method, path bytes, query, end-to-end
 * headers and both bodies as they are, buffer by buffer, so that the slower side sets the pace.
 */
public final class UpstreamForwarder implements DisposableBean {

    private final UpstreamProperties upstream;
    private final Clients clients;
    private final RequestHeads heads;
    private final PassingOn passingOn;
    private final Tracing tracing;
    private final Failures failures = new Failures();

    private static final Publisher<ByteBuf> NOTHING = Mono.empty();

    public UpstreamForwarder(
            UpstreamProperties upstream,
            TrustedProxies proxies,
            AnswerHeads answerHeads,
            SslBundles bundles,
            LoopResources threads,
            Tracing tracing) {
        this.heads = new RequestHeads(proxies);
        this.passingOn = new PassingOn(answerHeads);
        this.tracing = tracing;
        this.upstream = upstream;
        this.clients = new Clients(upstream, bundles, threads);
    }

    /**
     * @param origin where to
     * @param pass the signed pass, empty on open paths
     * @param obey what to do with the upstream's word on the session, before its answer goes on
     */
    public Mono<Forwarded> forward(
            HttpServerRequest request,
            HttpServerResponse response,
            Origin origin,
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
        Mono<Forwarded> forwarding =
                forward(request, response, origin, pass, obey, hop.traceparent());
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
            Origin origin,
            Optional<String> pass,
            Function<SessionCommand, Mono<Void>> obey,
            String traceparent) {
        RequestBody body = new RequestBody(request, upstream.bodyBuffer(), upstream.maxBodySize());
        Function<Publisher<ByteBuf>, Mono<Forwarded>> exchange =
                sent -> exchange(request, response, origin, pass, obey, traceparent, sent);
        Mono<Forwarded> forwarded =
                body.isNone()
                        ? Mono.defer(() -> exchange.apply(NOTHING))
                        : afterItsBeginning(body, exchange);
        return forwarded.onErrorResume(error -> Mono.just(failures.of(error, response)));
    }

    private static Mono<Forwarded> afterItsBeginning(
            RequestBody body, Function<Publisher<ByteBuf>, Mono<Forwarded>> exchange) {
        return body.parts()
                .switchOnFirst(
                        (first, parts) ->
                                first.isOnError()
                                        ? parts.thenMany(Flux.<Forwarded>empty())
                                        : exchange.apply(
                                                parts.concatMapIterable(Function.identity())))
                .next();
    }

    private Mono<Forwarded> exchange(
            HttpServerRequest request,
            HttpServerResponse response,
            Origin origin,
            Optional<String> pass,
            Function<SessionCommand, Mono<Void>> obey,
            String traceparent,
            Publisher<ByteBuf> body) {
        return (pass.isPresent() ? clients.admitted(origin) : clients.open(origin))
                .request(request.method())
                .uri(RequestHeads.target(request))
                .send(
                        (sent, out) -> {
                            heads.write(request, sent.requestHeaders(), pass, traceparent);
                            return body == NOTHING ? out : out.sendObject(body);
                        })
                .response(
                        (answer, content) ->
                                passingOn.passOn(request, answer, content, response, obey))
                .next();
    }

    @Override
    public void destroy() {
        clients.close();
    }
}
