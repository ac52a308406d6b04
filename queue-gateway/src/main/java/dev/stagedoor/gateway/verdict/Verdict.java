package dev.stagedoor.gateway.verdict;

import dev.stagedoor.common.Headers;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.util.Optional;

/** What a proxy is told that asks about a request. */
public final class Verdict {

    /** Only on what lets pass: an answer without it does not, whatever its status. */
    static final String HEADER = "Stagedoor-Verdict";

    static final AttributeKey<Dialect> QUESTION = AttributeKey.valueOf("stagedoor-question");

    private Verdict() {}

    /**
     * Whether somebody asks about the request, and will forward it: nobody does so of the public.
     */
    public static boolean isAsked(HttpServerRequest request) {
        return isAsked(((Connection) request).channel());
    }

    public static boolean isAsked(Channel channel) {
        return channel.attr(QUESTION).get() != null;
    }

    /**
     * @param pass empty where none is needed
     */
    public static Mono<Void> pass(HttpServerResponse response, Optional<String> pass) {
        response.status(200).header(HEADER, "pass").header("Cache-Control", "no-store");
        pass.ifPresent(token -> response.header(Headers.PASS, token));
        return response.header("Content-Length", "0").send().then();
    }
}
