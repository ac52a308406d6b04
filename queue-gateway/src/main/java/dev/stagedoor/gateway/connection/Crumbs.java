package dev.stagedoor.gateway.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;

import org.jspecify.annotations.Nullable;

/**
 * Puts together what one read brings of a body in small pieces: whoever has to keep them until they
 * are wanted would keep a hundred bytes of the heap for a chunk of one.
 */
final class Crumbs extends ChannelInboundHandlerAdapter {

    private static final int LARGE_ENOUGH = 256;

    private @Nullable ByteBuf together;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpContent part && isCrumb(part)) {
            ByteBuf sofar = together == null ? context.alloc().buffer(LARGE_ENOUGH) : together;
            together = sofar.writeBytes(part.content());
            part.release();
        } else {
            handOn(context);
            context.fireChannelRead(message);
        }
    }

    private static boolean isCrumb(HttpContent part) {
        return !(part instanceof LastHttpContent)
                && part.content().readableBytes() < LARGE_ENOUGH
                && part.decoderResult().isSuccess();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        handOn(context);
        context.fireChannelReadComplete();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (together != null) {
            together.release();
            together = null;
        }
    }

    private void handOn(ChannelHandlerContext context) {
        ByteBuf all = together;
        if (all != null) {
            together = null;
            context.fireChannelRead(new DefaultHttpContent(all));
        }
    }
}
