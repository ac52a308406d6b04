package dev.stagedoor.booking.web;

import dev.stagedoor.common.connection.InTurn;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/**
 * Tells {@link Losers} before the server makes anything of their requests. Whatever is not theirs,
 * whatever comes behind a request that is not answered yet, and whatever is asked by somebody who
 * does not take in the answers, goes on to the server, which keeps the order and waits.
 */
final class ExpressLane extends InTurn {

    private final Losers losers;

    /** A wish of which the body is to come. */
    private @Nullable HttpRequest coming;

    private ExpressLane(Losers losers) {
        this.losers = losers;
    }

    /** Behind all that guards a connection, as close to the server as can be. */
    static HttpServer open(HttpServer server, Losers losers) {
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addBefore(
                                        NettyPipeline.HttpTrafficHandler,
                                        "express-lane",
                                        new ExpressLane(losers)));
    }

    @Override
    protected void take(ChannelHandlerContext context, Object message) {
        if (isLast) {
            ReferenceCountUtil.release(message);
        } else if (coming != null) {
            end(context, coming, message);
        } else if (!(message instanceof HttpRequest request)) {
            context.fireChannelRead(message);
        } else if (!isWithTheServer() && context.channel().isWritable() && losers.mayBe(request)) {
            coming = request;
        } else {
            goOn(context, request);
        }
    }

    private void end(ChannelHandlerContext context, HttpRequest wish, Object message) {
        coming = null;
        FullHttpResponse answer =
                message instanceof LastHttpContent last ? losers.tell(wish, last.content()) : null;
        if (answer == null) {
            goOn(context, wish);
            context.fireChannelRead(message);
        } else {
            ReferenceCountUtil.release(message);
            send(context, wish, answer);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        isMoreWanted |= coming != null;
        super.channelReadComplete(context);
    }
}
