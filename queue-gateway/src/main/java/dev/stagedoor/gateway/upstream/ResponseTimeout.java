package dev.stagedoor.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Gives up on an upstream that keeps us waiting: for it to take a request in, for the whole head of
 * its answer, or for more of an answer that the client wants to read. A client that pauses, while
 * it sends or while it reads, is not the upstream's fault, and its pause does not count.
 *
 * <p>There is one timer for a connection, whatever the number of its requests.
 */
final class ResponseTimeout extends ChannelDuplexHandler {

    /** While a request goes out, nobody tells when the upstream has stopped to take it in. */
    private static final int LOOKS_WHILE_SENDING = 8;

    private final Outflow outflow;
    private final long longest;
    private final long soon;

    private boolean isUnderWay;
    private boolean isSent;
    private boolean isAnswering;
    private long since;
    private @Nullable Future<?> timer;

    ResponseTimeout(Duration longest, Channel channel) {
        this.outflow = new Outflow(channel);
        this.longest = longest.toNanos();
        this.soon = this.longest / LOOKS_WHILE_SENDING;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpRequest) {
            isUnderWay = true;
            isSent = false;
            isAnswering = false;
        }
        if (!isSent && !outflow.isPending()) {
            since = System.nanoTime();
        }
        if (message instanceof LastHttpContent) {
            isSent = true;
        }
        context.write(message, promise);
        if (timer == null) {
            check(context, 0);
        }
    }

    /** More is wanted of an answer, maybe after a pause in which nothing was. */
    @Override
    public void read(ChannelHandlerContext context) {
        if (isAnswering) {
            since = System.nanoTime();
        }
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpResponse) {
            isAnswering = true;
        }
        if (message instanceof LastHttpContent) {
            isUnderWay = false;
        }
        since = System.nanoTime();
        context.fireChannelRead(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stop();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        stop();
    }

    private void stop() {
        isUnderWay = false;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void check(ChannelHandlerContext context, long lateness) {
        timer = null;
        if (!isUnderWay) {
            return;
        }
        long now = System.nanoTime();
        boolean isWaitedFor = isUpToTheUpstream(context) && !outflow.hasMoved();
        since = isWaitedFor ? Math.min(now, since + lateness) : now;
        long left = longest - (now - since);
        if (left > 0) {
            lookAgain(context, isSent && !outflow.isPending() ? left : Math.min(left, soon));
        } else {
            giveUp(context);
        }
    }

    /** Time in which we could not look, because the machine was busy, counts against nobody. */
    private void lookAgain(ChannelHandlerContext context, long after) {
        long then = System.nanoTime() + after;
        timer =
                context.executor()
                        .schedule(
                                () -> check(context, Math.max(0, System.nanoTime() - then)),
                                after,
                                TimeUnit.NANOSECONDS);
    }

    private boolean isUpToTheUpstream(ChannelHandlerContext context) {
        boolean hasWhatItNeeds = isSent || outflow.isPending();
        return isAnswering
                ? hasWhatItNeeds && context.channel().config().isAutoRead()
                : hasWhatItNeeds;
    }

    private void giveUp(ChannelHandlerContext context) {
        isUnderWay = false;
        context.fireExceptionCaught(ReadTimeoutException.INSTANCE);
        context.close();
    }
}
