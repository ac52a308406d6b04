package dev.stagedoor.gateway.door;

import static org.junit.jupiter.api.Named.named;

import dev.stagedoor.common.Headers;
import dev.stagedoor.gateway.Upstream;

import org.junit.jupiter.api.Named;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

import java.util.stream.Stream;

/** What a site may answer. */
final class UpstreamAnswers {

    private UpstreamAnswers() {}

    static Stream<Named<Upstream.Handler>> ofEveryKind() {
        return Stream.of(
                named("short", (_, answer) -> whole(answer.header("Vary", "Accept"), "hello")),
                named("empty", (_, answer) -> answer.header("Content-Length", "0").send()),
                named(
                        "as long as one buffer holds",
                        (_, answer) -> whole(answer, "x".repeat(9_999))),
                named("longer", (_, answer) -> whole(answer, "x".repeat(10_000))),
                named("of no length", (_, answer) -> answer.sendString(Flux.just("he", "llo"))),
                named("nothing", (_, answer) -> answer.status(204).send()),
                named(
                        "nothing new",
                        (_, answer) -> answer.status(304).header("ETag", "\"1\"").send()),
                named("not found", (_, answer) -> whole(answer.status(404), "no")),
                named("a fault", (_, answer) -> whole(answer.status(500), "no")),
                named(
                        "with cookies",
                        (_, answer) ->
                                whole(
                                        answer.addHeader("Set-Cookie", "a=1")
                                                .addHeader("Set-Cookie", "b=2"),
                                        "hello")),
                named(
                        "that ends the connection",
                        (_, answer) -> whole(answer.header("Connection", "close"), "hello")),
                named(
                        "with fields for us",
                        (_, answer) ->
                                whole(
                                        answer.header("Connection", "X-Ours")
                                                .header("X-Ours", "1")
                                                .header("Stagedoor-Anything", "1"),
                                        "hello")),
                named(
                        "with a word for the session",
                        (_, answer) ->
                                whole(answer.header(Headers.SESSION, "extend=3600"), "hello")),
                named(
                        "none",
                        (_, answer) ->
                                answer.withConnection(connection -> connection.channel().close())
                                        .then()));
    }

    static Mono<Void> whole(HttpServerResponse response, String body) {
        return response.header("Content-Length", Integer.toString(body.length()))
                .sendString(Mono.just(body))
                .then();
    }
}
