package dev.stagedoor.gateway.forward;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;

import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Carries what follows the body of a request. Reactor Netty drops it on the way in, and ends every
 * body that it sends without any: so it is noted on the visitor's connection as it arrives, and put
 * into the end of the body that goes to the upstream.
 */
public final class RequestTrailers {

    private static final AttributeKey<HttpHeaders> ARRIVED =
            AttributeKey.valueOf(RequestTrailers.class, "arrived");

    private RequestTrailers() {}

    /** Notes trailers as they arrive. */
    public static HttpServer on(HttpServer server) {
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addBefore(
                                        NettyPipeline.HttpTrafficHandler,
                                        "request-trailers",
                                        Arriving.EVERYWHERE));
    }

    /** Lets the trailers of a request follow its body, which is about to be sent. */
    static void follow(HttpServerRequest request, Connection upstream) {
        request.withConnection(
                visitor ->
                        upstream.addHandlerLast(
                                "trailers-of-request", new GoingOn(visitor.channel())));
    }

    @Sharable
    private static final class Arriving extends ChannelInboundHandlerAdapter {

        static final Arriving EVERYWHERE = new Arriving();

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof LastHttpContent last) {
                HttpHeaders trailers = last.trailingHeaders();
                context.channel().attr(ARRIVED).set(trailers.isEmpty() ? null : trailers);
            }
            context.fireChannelRead(message);
        }
    }

    private static final class GoingOn extends ChannelOutboundHandlerAdapter {

        private final Channel visitor;

        GoingOn(Channel visitor) {
            this.visitor = visitor;
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            HttpHeaders arrived = visitor.attr(ARRIVED).get();
            context.write(
                    message == LastHttpContent.EMPTY_LAST_CONTENT ? end(arrived) : message,
                    promise);
        }

        /** A trailer is nobody's word on who sent the request, and none of ours. */
        private static LastHttpContent end(@Nullable HttpHeaders arrived) {
            if (arrived == null) {
                return LastHttpContent.EMPTY_LAST_CONTENT;
            }
            LastHttpContent end = new DefaultLastHttpContent();
            HopByHop.copyToUpstream(arrived, end.trailingHeaders(), false);
            return end;
        }
    }
}
