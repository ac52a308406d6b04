package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.SessionCommand;

import io.netty.handler.codec.http.HttpResponse;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

import java.util.Optional;

/**
 * Passes an answer of the upstream on to the client, as it is and as fast as both like. Nothing of
 * it is put into the client's answer before it is certain to be sent.
 */
final class PassingOn {

    private final AnswerHeads heads;

    PassingOn(AnswerHeads heads) {
        this.heads = heads;
    }

    Mono<Forwarded> passOn(Exchange exchange, HttpServerResponse response, Session session) {
        Mono<Void> sent = Mono.defer(() -> send(exchange, response));
        return command(exchange.head())
                .map(word -> session.obey(word).then(sent))
                .orElse(sent)
                .thenReturn(new Forwarded.Answered(exchange.head().status().code()));
    }

    private Mono<Void> send(Exchange exchange, HttpServerResponse response) {
        response.status(exchange.head().status());
        heads.write(exchange.head().headers(), response.responseHeaders());
        if (exchange.isBodiless()) {
            return response.send().then();
        }
        return exchange.isShort()
                ? response.sendObject(exchange.whole()).then()
                : response.send(exchange).then();
    }

    private static Optional<SessionCommand> command(HttpResponse answer) {
        return Optional.ofNullable(answer.headers().get(Headers.SESSION))
                .flatMap(SessionCommand::parse);
    }
}
