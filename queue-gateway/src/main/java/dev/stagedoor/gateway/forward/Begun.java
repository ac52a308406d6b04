package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.tracing.Hop;
import dev.stagedoor.gateway.forward.UpstreamForwarder.Passage;
import dev.stagedoor.gateway.upstream.Exchange;

import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

import java.util.function.Supplier;

/** A request without a body that is on its way before the server knows of it. To be ended. */
public final class Begun {

    final Passage it;
    final Hop hop;
    private final Supplier<Exchange> make;
    private final boolean originsAreOurs;
    private @Nullable Exchange exchange;
    private @Nullable Throwable failure;

    Begun(Passage it, Hop hop, Supplier<Exchange> make, boolean originsAreOurs) {
        this.it = it;
        this.hop = hop;
        this.make = make;
        this.originsAreOurs = originsAreOurs;
    }

    /**
     * @param told once, on any thread, when there is an answer or none is to come
     */
    public void ask(Runnable told) {
        try {
            exchange = make.get();
        } catch (RuntimeException e) {
            fails(e, told);
            return;
        }
        exchange.ask(failure -> fails(failure, told));
    }

    private void fails(@Nullable Throwable failure, Runnable told) {
        this.failure = failure;
        told.run();
    }

    /** The answer, if it is a short one that nothing else has to be done for; else null. */
    public @Nullable FullHttpResponse answer() {
        if (failure != null
                || exchange == null
                || !exchange.isShort()
                || UpstreamForwarder.command(exchange.head()).isPresent()) {
            return null;
        }
        HttpHeaders headers = Heads.AS_READ.newHeaders();
        Heads.copyToClient(exchange.head().headers(), headers, originsAreOurs);
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                exchange.head().status(),
                exchange.whole(),
                headers,
                EmptyHttpHeaders.INSTANCE);
    }

    Mono<Exchange> answered() {
        return failure == null ? Mono.justOrEmpty(exchange) : Mono.error(failure);
    }

    /**
     * @param status that was answered, 0 if there was none
     */
    public void end(int status) {
        hop.end(status);
        close();
    }

    void close() {
        if (exchange != null) {
            exchange.close();
        }
    }
}
