package dev.stagedoor.gateway.forward;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;

import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Carries what follows the body of an answer. Whoever sends it need not announce it, but Reactor
 * Netty wants to know of it before the body begins: so it is put into the end of the body that goes
 * to the client.
 */
public final class AnswerTrailers {

    private static final AttributeKey<HttpHeaders> READY =
            AttributeKey.valueOf(AnswerTrailers.class, "ready");

    private AnswerTrailers() {}

    /** Puts into the end of an answer what is ready to follow it. */
    public static HttpServer on(HttpServer server) {
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addBefore(
                                        NettyPipeline.HttpTrafficHandler,
                                        "answer-trailers",
                                        GoingOn.EVERYWHERE));
    }

    /** Lets trailers follow the answer that is about to end. */
    static void follow(HttpServerResponse response, HttpHeaders trailers) {
        if (!trailers.isEmpty()) {
            response.withConnection(client -> client.channel().attr(READY).set(trailers));
        }
    }

    @Sharable
    private static final class GoingOn extends ChannelOutboundHandlerAdapter {

        static final GoingOn EVERYWHERE = new GoingOn();

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            context.write(
                    message == LastHttpContent.EMPTY_LAST_CONTENT
                            ? end(context.channel().attr(READY).getAndSet(null))
                            : message,
                    promise);
        }

        private static LastHttpContent end(@Nullable HttpHeaders ready) {
            if (ready == null) {
                return LastHttpContent.EMPTY_LAST_CONTENT;
            }
            LastHttpContent end = new DefaultLastHttpContent();
            HopByHop.copyToClient(ready, end.trailingHeaders(), _ -> false);
            return end;
        }
    }
}
