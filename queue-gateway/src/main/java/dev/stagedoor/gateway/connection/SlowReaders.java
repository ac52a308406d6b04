package dev.stagedoor.gateway.connection;

import dev.stagedoor.gateway.upstream.Outflow;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections whose clients take in nothing of their answers: each would keep a connection
 * to the upstream for itself. However slow a client is, it may go on as long as it takes something.
 * A client that takes all of an answer at once, as nearly all do, costs no timer.
 *
 * <p>Reactor Netty limits only what is read (reactor/reactor-netty#2770). Netty's own handlers call
 * a client idle though it takes something in, as long as no whole write is done (netty/netty#8912),
 * or give each write its time, however much of it has gone. When one of them does better, this can
 * go.
 */
final class SlowReaders extends ChannelOutboundHandlerAdapter {

    private static final int LOOKS = 4;

    private final long longestPause;
    private final Outflow outflow;
    private long lastTaken;
    private @Nullable Future<?> timer;

    /**
     * @param longestPause how long a client may take nothing of what is there for it
     */
    SlowReaders(Duration longestPause, Channel channel) {
        this.longestPause = longestPause.toNanos();
        this.outflow = new Outflow(channel);
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        context.flush();
        if (timer == null && outflow.isPending()) {
            lastTaken = context.executor().ticker().nanoTime();
            outflow.hasMoved();
            lookAgain(context);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void lookAgain(ChannelHandlerContext context) {
        timer =
                context.executor()
                        .schedule(() -> look(context), longestPause / LOOKS, TimeUnit.NANOSECONDS);
    }

    private void look(ChannelHandlerContext context) {
        timer = null;
        if (!outflow.isPending()) {
            return;
        }
        long now = context.executor().ticker().nanoTime();
        if (outflow.hasMoved()) {
            lastTaken = now;
        }
        if (now - lastTaken < longestPause) {
            lookAgain(context);
        } else {
            context.close();
        }
    }
}
