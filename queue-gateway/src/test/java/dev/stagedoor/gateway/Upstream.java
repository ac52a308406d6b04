package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;

import org.reactivestreams.Publisher;

import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
    private final BlockingQueue<HttpHeaders> trailers = new LinkedBlockingQueue<>();
    private final DisposableServer server =
            HttpServer.create()
                    .doOnChannelInit(
                            (_, channel, _) ->
                                    channel.pipeline()
                                            .addAfter(
                                                    NettyPipeline.HttpCodec,
                                                    "trailers",
                                                    new Trailers()))
                    .httpRequestDecoder(heads -> heads.maxHeaderSize(64 * 1024))
                    .host("127.0.0.1")
                    .port(0)
                    .handle((request, response) -> handler.get().handle(request, response))
                    .bindNow();

    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    public void answers(Handler next) {
        handler.set(next);
        trailers.clear();
    }

    /** What followed the body of the next request that has come to its end; often nothing. */
    public HttpHeaders nextTrailers() throws InterruptedException {
        HttpHeaders next = trailers.poll(1, TimeUnit.MINUTES);
        assertThat(next).as("the end of a request").isNotNull();
        return next;
    }

    @Override
    public void close() {
        server.disposeNow();
    }

    /** Netty's server shows them to nobody. */
    private final class Trailers extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof LastHttpContent end) {
                trailers.add(end.trailingHeaders());
            }
            context.fireChannelRead(message);
        }
    }
}
