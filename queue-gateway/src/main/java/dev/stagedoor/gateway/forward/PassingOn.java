package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.gateway.upstream.Exchange;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;

import org.reactivestreams.Publisher;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

import java.util.Optional;

/**
 * Passes an answer of the upstream on to the client, as it is and as fast as both like. Nothing of
 * it is put into the client's answer before it is certain to be sent.
 */
final class PassingOn {

    private static final String EVENTS = "text/event-stream";

    private final boolean originsAreOurs;

    PassingOn(boolean originsAreOurs) {
        this.originsAreOurs = originsAreOurs;
    }

    Mono<Forwarded> passOn(Exchange exchange, HttpServerResponse response, Session session) {
        Mono<Void> sent = Mono.defer(() -> send(exchange, response, session));
        return command(exchange.head())
                .map(word -> session.obey(word).then(sent))
                .orElse(sent)
                .thenReturn(new Forwarded.Answered(exchange.head().status().code()));
    }

    private Mono<Void> send(Exchange exchange, HttpServerResponse response, Session session) {
        response.status(exchange.head().status());
        Heads.copyToClient(
                exchange.head().headers(), response.responseHeaders(), originsAreOurs);
        if (exchange.isBodiless()) {
            return response.send().then();
        }
        return exchange.isShort()
                ? response.sendObject(exchange.whole()).then()
                : response.send(whileItMay(exchange, session)).then();
    }

    /** Events have no end of their own: whether somebody hears more of them, the gate decides. */
    private static Publisher<ByteBuf> whileItMay(Exchange exchange, Session session) {
        String type = exchange.head().headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        return type.regionMatches(true, 0, EVENTS, 0, EVENTS.length())
                ? Flux.from(exchange).takeUntilOther(session.over(() -> false))
                : exchange;
    }

    private static Optional<SessionCommand> command(HttpResponse answer) {
        return Optional.ofNullable(answer.headers().get(Headers.SESSION))
                .flatMap(SessionCommand::parse);
    }
}
