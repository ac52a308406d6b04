package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Running;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.tracing.Tracing;
import dev.stagedoor.common.tracing.Tracing.Hop;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.upstream.Exchange;
import dev.stagedoor.gateway.upstream.Pool;
import dev.stagedoor.gateway.upstream.Pools;
import dev.stagedoor.gateway.upstream.Pools.Lane;
import dev.stagedoor.gateway.upstream.UpstreamProperties;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Carries one request to the upstream and its answer back: method, path bytes, query, end-to-end
 * headers and both bodies as they are, buffer by buffer, so that the slower side sets the pace.
 * Nothing is put into the client's answer before it is certain to be sent.
 */
@Component
public final class UpstreamForwarder extends Running implements DisposableBean {

    private static final String EVENTS = "text/event-stream";

    private final UpstreamProperties upstream;
    private final Pools pools;
    private final Heads heads;
    private final Upgrade upgrade;
    private final Tracing tracing;
    private final Writes writes;
    private final Failures failures = new Failures();
    private volatile Sinks.Empty<Void> stopping = Sinks.empty();

    UpstreamForwarder(
            UpstreamProperties upstream,
            TrustedProxies proxies,
            GatewayProperties gateway,
            SslBundles bundles,
            ReactorResourceFactory resources,
            ObjectProvider<ByteBufAllocator> buffers,
            Tracing tracing,
            Writes writes) {
        this.upstream = upstream;
        this.pools =
                new Pools(
                        upstream,
                        bundles,
                        resources.getLoopResources(),
                        buffers.getIfAvailable(() -> ByteBufAllocator.DEFAULT),
                        Runtime.getRuntime().availableProcessors());
        this.heads = new Heads(proxies, !gateway.corsOrigins().isEmpty());
        this.upgrade = new Upgrade(heads, gateway.idleTimeout());
        this.tracing = tracing;
        this.writes = writes;
    }

    public Mono<Forwarded> forward(
            Passage it, HttpServerRequest request, HttpServerResponse response) {
        Hop hop = arrive(it.caller());
        Mono<Forwarded> forwarded =
                hasBody(it.caller().headers())
                        ? afterItsBeginning(it, request, response)
                        : Mono.defer(() -> exchange(it, null, response));
        return ending(it, hop, forwarded, response);
    }

    /** Before the server knows of the request, which has no body and asks for no other protocol. */
    public Begun begin(Passage it) {
        return new Begun(it, arrive(it.caller()));
    }

    /** A request without a body that is on its way. To be ended, or to be gone on with. */
    public final class Begun {

        private final Passage it;
        private final Hop hop;
        private final long since = System.nanoTime();
        private @Nullable Exchange exchange;
        private @Nullable Throwable failure;

        private Begun(Passage it, Hop hop) {
            this.it = it;
            this.hop = hop;
        }

        public long since() {
            return since;
        }

        /**
         * @param told once, on any thread, when there is an answer or none is to come
         */
        public void ask(Runnable told) {
            try {
                exchange = exchange(it, null, false);
            } catch (RuntimeException e) {
                fails(e, told);
                return;
            }
            exchange.ask(why -> fails(why, told));
        }

        private void fails(@Nullable Throwable why, Runnable told) {
            failure = why;
            told.run();
        }

        /** The answer, if it is a short one that nothing else has to be done for; else null. */
        public @Nullable FullHttpResponse answer() {
            if (failure != null
                    || exchange == null
                    || !exchange.isShort()
                    || command(exchange.head()).isPresent()) {
                return null;
            }
            HttpHeaders headers = Heads.AS_READ.newHeaders();
            heads.copyToClient(exchange.head().headers(), headers);
            return new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    exchange.head().status(),
                    exchange.whole(),
                    headers,
                    EmptyHttpHeaders.INSTANCE);
        }

        /** With what has become of it, when the server knows of it. */
        public Mono<Forwarded> goOn(HttpServerResponse response) {
            Mono<Exchange> answered =
                    failure == null ? Mono.justOrEmpty(exchange) : Mono.error(failure);
            return ending(
                    it,
                    hop,
                    answered.flatMap(answer -> passOn(it, answer, response))
                            .doFinally(end -> close(end == SignalType.CANCEL)),
                    response);
        }

        /**
         * @param status that was answered
         */
        public void end(int status) {
            hop.end(status);
            close(false);
        }

        /** Whoever has asked has gone. */
        public void leave() {
            hop.end(0);
            close(true);
        }

        private void close(boolean isLeft) {
            if (exchange != null) {
                UpstreamForwarder.this.close(it, exchange, isLeft);
            }
            it.hold().letGo();
        }
    }

    /** Whoever is gone may have ended the visit by a last act, like a payment. */
    private void close(Passage it, Exchange exchange, boolean isLeft) {
        if (!isLeft) {
            exchange.close();
            writes.end(exchange);
            return;
        }
        it.hold().holdOn();
        exchange.leave(
                head -> {
                    Mono.justOrEmpty(head.flatMap(UpstreamForwarder::command))
                            .flatMap(it.session()::obey)
                            .doFinally(_ -> writes.end(exchange))
                            .subscribe();
                    it.hold().letGo();
                });
    }

    private Hop arrive(Caller caller) {
        Hop hop =
                tracing.arrive(
                        "forward",
                        caller.method().name(),
                        caller.path(),
                        caller.header(TraceId.HEADER));
        // So that the upstream and a problem that comes of this name the same trace.
        caller.headers().set(TraceId.HEADER, hop.traceparent());
        return hop;
    }

    private Mono<Forwarded> ending(
            Passage it, Hop hop, Mono<Forwarded> forwarding, HttpServerResponse response) {
        return forwarding
                .onErrorResume(error -> Mono.just(failures.of(error, it.origin(), response)))
                .doOnNext(outcome -> hop.end(outcome.status()))
                .doOnError(_ -> hop.end(0))
                .doOnCancel(() -> hop.end(0));
    }

    // ── there ───────────────────────────────────────────────────────────────────────────────────

    private Mono<Forwarded> afterItsBeginning(
            Passage it, HttpServerRequest request, HttpServerResponse response) {
        Limit kind = it.lane() == Lane.ADMITTED ? Limit.BODIES : Limit.OPEN_BODIES;
        Body body = new Body(request, it.caller().channel(), it.share(), kind, upstream);
        return body.begins()
                .flatMap(begun -> exchange(it, begun, response))
                .doFinally(_ -> body.close());
    }

    private static boolean hasBody(HttpHeaders request) {
        return Heads.isChunked(request)
                || !"0".equals(request.get(HttpHeaderNames.CONTENT_LENGTH, "0"));
    }

    /**
     * What becomes of it is told on the thread of the pool: another would come too late to take
     * over a connection. A failure that comes when nobody listens any more is a value like others.
     */
    private Mono<Forwarded> exchange(
            Passage it, @Nullable Publisher<ByteBuf> body, HttpServerResponse response) {
        boolean isUpgrade =
                body == null
                        && it.lane() == Lane.ADMITTED
                        && response.version().equals(HttpVersion.HTTP_1_1)
                        && Upgrade.isAsked(it.caller());
        Exchange exchange = exchange(it, body, isUpgrade);
        return Mono.<Optional<Throwable>>create(
                        told -> exchange.ask(why -> told.success(Optional.ofNullable(why))))
                .flatMap(
                        why ->
                                why.<Mono<Forwarded>>map(Mono::error)
                                        .orElseGet(() -> answered(it, exchange, response)))
                .doFinally(end -> close(it, exchange, end == SignalType.CANCEL));
    }

    private Exchange exchange(Passage it, @Nullable Publisher<ByteBuf> body, boolean isUpgrade) {
        Caller caller = it.caller();
        Lane lane = isUpgrade ? Lane.WEBSOCKETS : it.lane();
        Pool pool = pools.of(lane, it.origin(), caller.channel().eventLoop());
        HttpHeaders head = heads.ofRequest(caller, pool.host(), it.pass().map(Supplier::get));
        if (isUpgrade) {
            Upgrade.ask(head);
        }
        Exchange exchange =
                new Exchange(
                        pool,
                        caller.method(),
                        caller.address(),
                        head,
                        body,
                        it.share().isEnforced() ? it.share() : null);
        writes.begin(exchange, caller.channel());
        return exchange;
    }

    private Mono<Forwarded> answered(Passage it, Exchange answered, HttpServerResponse response) {
        return answered.isSwitch()
                ? upgrade.begin(it.caller().channel(), answered, isUsed -> over(it, isUsed))
                : passOn(it, answered, response);
    }

    // ── and back ────────────────────────────────────────────────────────────────────────────────

    private Mono<Forwarded> passOn(Passage it, Exchange exchange, HttpServerResponse response) {
        Mono<Void> sent = Mono.defer(() -> send(it, exchange, response));
        return command(exchange.head())
                .map(word -> it.session().obey(word).then(sent))
                .orElse(sent)
                .thenReturn(new Forwarded.Answered(exchange.head().status().code()));
    }

    private Mono<Void> send(Passage it, Exchange exchange, HttpServerResponse response) {
        response.status(exchange.head().status());
        heads.copyToClient(exchange.head().headers(), response.responseHeaders());
        if (exchange.isBodiless()) {
            return response.send().then();
        }
        if (exchange.isShort()) {
            return response.sendObject(exchange.whole()).then();
        }
        if (response.version().equals(HttpVersion.HTTP_1_0)) {
            response.chunkedTransfer(false).keepAlive(false);
        }
        return response.send(whileItMay(it, exchange)).then();
    }

    /** Events have no end of their own: whether somebody hears more of them, the gate decides. */
    private Publisher<ByteBuf> whileItMay(Passage it, Exchange exchange) {
        Publisher<ByteBuf> answer = exchange.to(it.caller().channel());
        String type = exchange.head().headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        return type.regionMatches(true, 0, EVENTS, 0, EVENTS.length())
                ? Flux.from(answer).takeUntilOther(over(it, () -> false))
                : answer;
    }

    /** When the visitor may stay no longer, or the gateway stops. */
    private Mono<Void> over(Passage it, BooleanSupplier isUsed) {
        return Mono.firstWithSignal(stopping.asMono(), it.session().over(isUsed));
    }

    private static Optional<SessionCommand> command(HttpResponse answer) {
        return Optional.ofNullable(answer.headers().get(Headers.SESSION))
                .flatMap(SessionCommand::parse);
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────

    @Override
    public void start() {
        stopping = Sinks.empty();
        super.start();
    }

    /** Whoever is on a WebSocket, or hears events, is not waited for: that may last for hours. */
    @Override
    public void stop() {
        super.stop();
        stopping.tryEmitEmpty();
    }

    @Override
    public void destroy() {
        pools.close();
    }
}
