package dev.stagedoor.gateway.door;

import dev.stagedoor.gateway.line.EventStream;
import dev.stagedoor.gateway.line.QueueEvents;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

import java.util.function.Consumer;

/**
 * An answer that goes on, event by event, until it is said to have ended. A client that takes them
 * in slowly misses some; nothing is kept for it.
 */
record OpenAnswer(ChannelHandlerContext context, Consumer<ChannelHandlerContext> whenItEnds)
        implements EventStream.Outlet {

    static OpenAnswer begin(
            HttpRequest request,
            ChannelHandlerContext context,
            Consumer<ChannelHandlerContext> whenItEnds) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        HttpUtil.setTransferEncodingChunked(head, !isOld(request));
        QueueEvents.HEAD.forEach(field -> head.headers().add(field.getKey(), field.getValue()));
        if (isLast(request)) {
            HttpUtil.setKeepAlive(head.headers(), request.protocolVersion(), false);
        }
        context.write(head);
        return new OpenAnswer(context, whenItEnds);
    }

    /** Whether nothing but its end tells that it has ended. */
    static boolean isLast(HttpRequest request) {
        return isOld(request) || !HttpUtil.isKeepAlive(request);
    }

    private static boolean isOld(HttpRequest request) {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    @Override
    public boolean isReady() {
        return context.channel().isWritable();
    }

    @Override
    public void tell(byte[] event) {
        context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(event)));
    }

    @Override
    public void end() {
        whenItEnds.accept(context);
    }
}
