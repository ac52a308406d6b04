package dev.stagedoor.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

import javax.net.ssl.SSLException;

/**
 * A connection to an upstream, which carries one exchange after the other. It goes back to the pool
 * only when all that was read with the end of an answer is known to belong to it: whatever comes
 * when nobody has asked must not be taken for the answer to the next request (response
 * desynchronisation).
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {

    private final Pool pool;
    private final Channel channel;
    private @Nullable Exchange current;
    private long exchanges;
    private long idleSince;

    UpstreamConnection(Pool pool, Channel channel) {
        this.pool = pool;
        this.channel = channel;
    }

    void begin(Exchange exchange) {
        current = exchange;
        exchanges++;
        exchange.begin(this);
    }

    Channel channel() {
        return channel;
    }

    boolean isOn(Channel other) {
        return channel == other;
    }

    void isIdleSince(long nanos) {
        idleSince = nanos;
    }

    boolean isIdleSinceBefore(long nanos) {
        return idleSince - nanos < 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (current == null || current.isRead() || !(message instanceof HttpObject part)) {
            ReferenceCountUtil.release(message);
            close();
        } else {
            current.arrived(part);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (current != null && current.isRead()) {
            boolean isGoodForMore = current.leavesConnectionOpen() && channel.isActive();
            current = null;
            if (isGoodForMore) {
                channel.config().setAutoRead(true);
                pool.giveBack(this);
            } else {
                close();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (current != null) {
            current.sendMore();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (current != null) {
            exceptionCaught(context, new IOException("The upstream has closed the connection"));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Exchange failed = current;
        current = null;
        close();
        if (failed != null) {
            boolean isBroken = cause instanceof IOException && !(cause instanceof SSLException);
            failed.fail(cause, isBroken && exchanges > 1);
        }
    }

    /** Whoever takes it over closes it. */
    Channel handOver() {
        current = null;
        channel.pipeline().remove(ResponseTimeout.class);
        return channel;
    }

    void close() {
        channel.close();
    }
}
