package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.SessionCommand;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;

import org.reactivestreams.Publisher;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.util.Optional;

/**
 * Passes an answer of the upstream on to the client, as it is and as fast as both like. Nothing of
 * it is put into the client's answer before it is certain to be sent.
 */
final class PassingOn {

    private static final int DIGITS_OF_SMALL = 4;
    private static final String EVENTS = "text/event-stream";

    private final AnswerHeads heads;

    PassingOn(AnswerHeads heads) {
        this.heads = heads;
    }

    Publisher<Forwarded> passOn(
            HttpServerRequest request,
            HttpClientResponse answer,
            ByteBufFlux body,
            HttpServerResponse response,
            Session session) {
        Mono<Void> sent = Mono.defer(() -> send(request, answer, body, response, session));
        return command(answer)
                .map(word -> session.obey(word).then(sent))
                .orElse(sent)
                .thenReturn(new Forwarded.Answered(answer.status().code()));
    }

    private Mono<Void> send(
            HttpServerRequest request,
            HttpClientResponse answer,
            ByteBufFlux body,
            HttpServerResponse response,
            Session session) {
        if (isSmall(answer) && !isBodiless(request, answer)) {
            return body.aggregate().retain().flatMap(whole -> send(answer, whole, response));
        }
        begin(answer, response);
        return isBodiless(request, answer)
                ? response.send().then()
                : response.send(whileItMay(answer, body.retain(), session)).then();
    }

    /** Events have no end of their own: whether somebody hears more of them, the gate decides. */
    private static Flux<ByteBuf> whileItMay(
            HttpClientResponse answer, Flux<ByteBuf> body, Session session) {
        String type = answer.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE, "");
        return type.regionMatches(true, 0, EVENTS, 0, EVENTS.length())
                ? body.takeUntilOther(session.over(() -> false))
                : body;
    }

    private void begin(HttpClientResponse answer, HttpServerResponse response) {
        response.status(answer.status());
        heads.write(answer.responseHeaders(), response.responseHeaders());
    }

    /** Sent in one piece with its head: most answers are. */
    private static boolean isSmall(HttpClientResponse answer) {
        String length = answer.responseHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null && !length.equals("0") && length.length() <= DIGITS_OF_SMALL;
    }

    /** Until the last byte was there, it might still have become a problem that is told. */
    private Mono<Void> send(HttpClientResponse answer, ByteBuf whole, HttpServerResponse response) {
        begin(answer, response);
        return response.sendObject(whole).then();
    }

    private static boolean isBodiless(HttpServerRequest request, HttpClientResponse answer) {
        int status = answer.status().code();
        return request.method().equals(HttpMethod.HEAD) || status == 204 || status == 304;
    }

    private static Optional<SessionCommand> command(HttpClientResponse answer) {
        return Optional.ofNullable(answer.responseHeaders().get(Headers.SESSION))
                .flatMap(SessionCommand::parse);
    }
}
