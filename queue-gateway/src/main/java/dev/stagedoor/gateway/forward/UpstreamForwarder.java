package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.tracing.Hop;
import dev.stagedoor.common.tracing.Tracing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

import org.reactivestreams.Publisher;
import org.springframework.beans.factory.DisposableBean;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.channel.ChannelOperations;
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
    private final UpstreamClients clients;

    /** Of their own, so that a crowd outside takes nothing from those who are inside. */
    private final UpstreamClients openClients;

    private final RequestHeads heads;
    private final PassingOn passingOn;
    private final Tracing tracing;
    private final Failures failures = new Failures();

    private static final Publisher<ByteBuf> NOTHING = Mono.empty();

    public UpstreamForwarder(
            UpstreamProperties upstream,
            TrustedProxies proxies,
            AnswerHeads answerHeads,
            LoopResources threads,
            int loops,
            Tracing tracing) {
        this.heads = new RequestHeads(proxies);
        this.passingOn = new PassingOn(answerHeads);
        this.tracing = tracing;
        this.upstream = upstream;
        this.clients =
                new UpstreamClients("upstream", upstream.connections(), threads, loops, upstream);
        this.openClients =
                new UpstreamClients(
                        "upstream-open", upstream.openConnections(), threads, loops, upstream);
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
        RequestBody body = new RequestBody(request, upstream.bodyBuffer(), upstream.maxBodySize());
        Function<Publisher<ByteBuf>, Mono<Forwarded>> exchange =
                sent -> exchange(request, response, pass, obey, traceparent, sent);
        Mono<Forwarded> forwarded =
                body.isNone() ? exchange.apply(NOTHING) : afterItsBeginning(body, exchange);
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
            Optional<String> pass,
            Function<SessionCommand, Mono<Void>> obey,
            String traceparent,
            Publisher<ByteBuf> body) {
        return (pass.isPresent() ? clients : openClients)
                .on(loop(response))
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

    private static EventLoop loop(HttpServerResponse response) {
        return ((ChannelOperations<?, ?>) response).channel().eventLoop();
    }

    @Override
    public void destroy() {
        clients.dispose();
        openClients.dispose();
    }
}
