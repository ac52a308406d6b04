package dev.stagedoor.booking.web;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
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
final class ExpressLane extends ChannelDuplexHandler {

    private final Losers losers;

    /** Requests that have gone on and are not answered. */
    private int underWay;

    /** A wish of which the body is to come. */
    private @Nullable HttpRequest coming;

    private boolean isLast;
    private boolean isToBeFlushed;

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
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isLast) {
            ReferenceCountUtil.release(message);
        } else if (coming != null) {
            end(context, coming, message);
        } else if (!(message instanceof HttpRequest request)) {
            context.fireChannelRead(message);
        } else if (underWay == 0 && context.channel().isWritable() && losers.mayBe(request)) {
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

    private void goOn(ChannelHandlerContext context, HttpRequest request) {
        underWay++;
        context.fireChannelRead(request);
    }

    private void send(ChannelHandlerContext context, HttpRequest wish, FullHttpResponse answer) {
        isLast = !HttpUtil.isKeepAlive(wish);
        if (isLast) {
            HttpUtil.setKeepAlive(answer, false);
            context.write(answer).addListener(ChannelFutureListener.CLOSE);
        } else {
            context.write(answer, context.voidPromise());
        }
        isToBeFlushed = true;
    }

    /** The server asks for more when it has answered, and has heard nothing of these requests. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        boolean isAnswered = isToBeFlushed;
        if (isAnswered) {
            isToBeFlushed = false;
            context.flush();
        }
        if (coming != null || isAnswered && underWay == 0 && !isLast) {
            context.read();
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof LastHttpContent && !isInterim(message)) {
            underWay--;
        }
        context.write(message, promise);
    }

    private static boolean isInterim(Object message) {
        return message instanceof HttpResponse answer
                && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }
}
