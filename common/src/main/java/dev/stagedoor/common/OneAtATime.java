package dev.stagedoor.common;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;

import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServer;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Shows a server the next request of a connection only when it has done with the one before.
 *
 * <p>An answer that is written by another thread than the connection's, that of a database reply
 * for one, can reach the client a moment before the server has done with the request. A client that
 * asks again in that moment has its next request put aside, and if that one is answered at once,
 * Reactor Netty 1.3.6 never reads from the connection again. Requests that are sent ahead of their
 * turn (pipelining) meet the same.
 */
public final class OneAtATime extends ChannelInboundHandlerAdapter {

    /** No honest client sends so much before it has been answered. */
    private static final int MOST_AHEAD = 256;

    private final Queue<Object> ahead = new ArrayDeque<>();

    private OneAtATime() {}

    public static HttpServer on(HttpServer server) {
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addBefore(
                                        NettyPipeline.HttpTrafficHandler,
                                        "one-at-a-time",
                                        new OneAtATime()));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (ahead.isEmpty() && !isTooEarly(context, message)) {
            context.fireChannelRead(message);
        } else if (ahead.size() < MOST_AHEAD) {
            ahead.add(message);
        } else {
            ReferenceCountUtil.release(message);
            context.close();
        }
    }

    /** Among others that the server has done with a request. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        context.fireUserEventTriggered(event);
        if (!ahead.isEmpty()) {
            context.executor().execute(() -> goOn(context));
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        ahead.forEach(ReferenceCountUtil::release);
        ahead.clear();
    }

    private void goOn(ChannelHandlerContext context) {
        while (!ahead.isEmpty() && !isTooEarly(context, ahead.element())) {
            context.fireChannelRead(ahead.remove());
        }
    }

    private static boolean isTooEarly(ChannelHandlerContext context, Object message) {
        return message instanceof HttpRequest && ChannelOperations.get(context.channel()) != null;
    }
}
