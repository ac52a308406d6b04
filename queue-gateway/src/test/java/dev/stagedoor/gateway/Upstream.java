package dev.stagedoor.gateway;

import org.reactivestreams.Publisher;

import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.util.concurrent.atomic.AtomicReference;

/** An upstream that does as it is told. */
public final class Upstream implements AutoCloseable {

    /** How to answer one request. */
    public interface Handler {
        Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response);
    }

    private final AtomicReference<Handler> handler =
            new AtomicReference<>(
                    (_, response) ->
                            response.sendString(reactor.core.publisher.Mono.just("hello")));
    private final DisposableServer server =
            HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((request, response) -> handler.get().handle(request, response))
                    .bindNow();

    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    public void answers(Handler next) {
        handler.set(next);
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
