package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;

import io.netty.util.AttributeKey;

import reactor.netty.http.server.HttpServerResponse;

import java.util.Optional;

/** What one door has found out of a request and leaves for the other one to write a page of. */
final class Trouble {

    private static final AttributeKey<Problem> TROUBLE = AttributeKey.valueOf("stagedoor-trouble");

    private Trouble() {}

    static void tell(HttpServerResponse response, Problem problem) {
        response.withConnection(connection -> connection.channel().attr(TROUBLE).set(problem));
    }

    static Optional<Problem> told(HttpServerResponse response) {
        Problem[] told = new Problem[1];
        response.withConnection(
                connection -> told[0] = connection.channel().attr(TROUBLE).getAndSet(null));
        return Optional.ofNullable(told[0]);
    }
}
