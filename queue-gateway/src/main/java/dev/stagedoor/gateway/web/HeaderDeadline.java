package dev.stagedoor.gateway.web;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;

import org.jspecify.annotations.Nullable;

import reactor.netty.NettyPipeline;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection on which a request has begun and whose headers do not end: an idle timeout
 * never sees it, because now and then a byte comes. One half counts bytes in front of the codec,
 * the other sees what came out of it.
 */
final class HeaderDeadline extends ChannelInboundHandlerAdapter {

    private final Duration deadline;
    private java.util.concurrent.@Nullable Future<?> closing;
    private boolean betweenRequests = true;

    private HeaderDeadline(Duration deadline) {
        this.deadline = deadline;
    }

    static void install(ChannelPipeline pipeline, Duration deadline) {
        HeaderDeadline bytes = new HeaderDeadline(deadline);
        pipeline.addBefore(NettyPipeline.HttpCodec, "stagedoor.headerDeadline", bytes);
        pipeline.addAfter(
                NettyPipeline.HttpCodec, "stagedoor.headersArrived", bytes.new Messages());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        if (betweenRequests && closing == null) {
            closing =
                    context.executor()
                            .schedule(
                                    () -> context.close(),
                                    deadline.toMillis(),
                                    TimeUnit.MILLISECONDS);
        }
        context.fireChannelRead(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stopClock();
        context.fireChannelInactive();
    }

    private void stopClock() {
        if (closing != null) {
            closing.cancel(false);
            closing = null;
        }
    }

    private final class Messages extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest) {
                betweenRequests = false;
                stopClock();
            }
            if (message instanceof LastHttpContent) {
                betweenRequests = true;
            }
            context.fireChannelRead(message);
        }
    }
}
