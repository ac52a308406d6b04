package dev.stagedoor.gateway.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/**
 * After the last answer on a connection, throws away what the client still sends: to close while
 * more is coming resets the connection, and a client that is in the middle of sending, as a proxy
 * may be, never hears the answer. It has so much and so long for that, and no more.
 */
final class LastWord extends ChannelInboundHandlerAdapter {

    private static final int LONGEST_SECONDS = 2;

    private long left = 1 << 20;
    private @Nullable Future<?> timer;

    /** Before anybody has heard of the request. */
    static void say(ChannelHandlerContext context, FullHttpResponse answer) {
        ChannelFuture said = context.writeAndFlush(answer);
        if (context.channel() instanceof DuplexChannel channel) {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            channel.pipeline().addFirst(new LastWord());
            said.addListener(
                    _ ->
                            (tls == null ? said : tls.closeOutbound())
                                    .addListener(_ -> channel.shutdownOutput()));
        } else {
            said.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        timer =
                context.executor()
                        .schedule(() -> context.close(), LONGEST_SECONDS, TimeUnit.SECONDS);
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        left -= bytes.readableBytes();
        bytes.release();
        if (left < 0) {
            context.close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.fireChannelReadComplete();
        context.read();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
