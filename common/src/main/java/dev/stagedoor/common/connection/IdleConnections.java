package dev.stagedoor.common.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServer;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections on which nothing happens, while no request is under way: a stream, an upload
 * or a slow answer may be as silent as it likes. Reactor Netty's own idle timeout adds a handler
 * with a timer before each request and takes it away with it; here a connection has one timer, and
 * a request costs it nothing but a look at the clock.
 */
public final class IdleConnections extends ChannelDuplexHandler {

    /** Whether a request is under way of which the server does not know. */
    public static final AttributeKey<Boolean> IS_USED = AttributeKey.valueOf("stagedoor-is-used");

    private final long longest;
    private long lastMoved;
    private @Nullable Future<?> timer;

    /**
     * @param longest how long a connection is kept without a request
     */
    public IdleConnections(Duration longest) {
        if (!longest.isPositive()) {
            throw new IllegalArgumentException("idle-timeout must be longer than nothing");
        }
        this.longest = longest.toNanos();
    }

    /** What stands on the connections of either service looks for the codec of HTTP/1.1. */
    public static void requireHttp1(HttpServer server) {
        if (server.configuration().protocols().length > 1) {
            throw new IllegalArgumentException(
                    "server.http2.enabled must be false: HTTP/2 ends at a proxy in front");
        }
    }

    public static HttpServer closed(HttpServer server, Duration longest) {
        requireHttp1(server);
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addBefore(
                                        NettyPipeline.HttpCodec,
                                        "idle-connections",
                                        new IdleConnections(longest)));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        lastMoved = now(context);
        lookAgain(context, longest);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        lastMoved = now(context);
        context.fireChannelRead(bytes);
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        lastMoved = now(context);
        context.flush();
    }

    /**
     * A client that resets its connection has hung up, like one that closes it: the server would
     * tell operators of an error, in words that depend on the transport.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            context.close();
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void look(ChannelHandlerContext context) {
        long now = now(context);
        if (isUsed(context.channel())) {
            lastMoved = now;
        }
        long left = longest - (now - lastMoved);
        if (left > 0) {
            lookAgain(context, left);
        } else {
            context.close();
        }
    }

    public static boolean isUsed(Channel channel) {
        return ChannelOperations.get(channel) != null
                || Boolean.TRUE.equals(channel.attr(IS_USED).get());
    }

    private void lookAgain(ChannelHandlerContext context, long after) {
        timer = context.executor().schedule(() -> look(context), after, TimeUnit.NANOSECONDS);
    }

    private static long now(ChannelHandlerContext context) {
        return context.executor().ticker().nanoTime();
    }
}
