package dev.stagedoor.gateway.connection;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.connection.IdleConnections;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.forward.Relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ByteProcessor;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections whose requests arrive too slowly: heads that are not whole in time, bodies
 * that pause, and requests that never end; and those whose heads are larger than there is memory
 * for. A request that comes in one piece, as nearly all do, costs no timer.
 */
final class SlowRequests extends ChannelInboundHandlerAdapter {

    static final String MESSAGES = "whole-requests";

    private static final int EMPTY_LINE = "\r\n".length();

    private final long longestPause;
    private final long longestRequest;
    private final double leastPerNano;
    private final HeadMemory memory;
    private final Answers answers;

    private enum Arriving {
        NOTHING,
        HEAD,
        BODY
    }

    private Arriving arriving = Arriving.NOTHING;

    /** Of a head that is not whole: so many bytes at most. */
    private int unread;

    private boolean isRefused;

    /** Before a head. */
    private int passedOver;

    private long begun;
    private long lastRead;

    /** Of a body, since it has been looked at. */
    private long arrived;

    private long arrivedSince;
    private boolean wasPausedByUs;
    private int messagesSeen;
    private @Nullable Future<?> timer;

    /**
     * @param longestPause how long a body may pause, and how long a head may take altogether
     * @param leastPerSecond how much of a body must come, over longer than such a pause
     */
    SlowRequests(
            Duration longestPause,
            Duration longestRequest,
            DataSize leastPerSecond,
            HeadMemory memory,
            Answers answers) {
        this.longestPause = longestPause.toNanos();
        this.longestRequest = longestRequest.toNanos();
        this.leastPerNano = leastPerSecond.toBytes() / 1e9;
        this.memory = memory;
        this.answers = answers;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        if (isRefused) {
            ReferenceCountUtil.release(bytes);
            return;
        }
        lastRead = now(context);
        if (arriving == Arriving.NOTHING && !isEmptyLine((ByteBuf) bytes)) {
            arriving = Arriving.HEAD;
            begun = lastRead;
            arrived = 0;
            arrivedSince = lastRead;
        }
        int more = ((ByteBuf) bytes).readableBytes();
        arrived += more;
        unread = arriving == Arriving.BODY ? more : unread + more;
        context.fireChannelRead(bytes);
        if (arriving != Arriving.BODY && !memory.mayBe(unread)) {
            refuse(context);
        }
    }

    /** As old clients send one after a body. It is no head; but more than one may be dripping. */
    private boolean isEmptyLine(ByteBuf bytes) {
        passedOver += bytes.readableBytes();
        return passedOver <= EMPTY_LINE && bytes.forEachByte(ByteProcessor.FIND_NON_CRLF) < 0;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (arriving != Arriving.NOTHING && timer == null) {
            check(context);
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        arrived();
        context.fireChannelInactive();
    }

    /** Of what is relayed there are no requests that could be slow. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Relay.Event.BEGUN) {
            arrived();
            context.pipeline().remove(this);
        }
        context.fireUserEventTriggered(event);
    }

    /** How much has become of the bytes so far. */
    int messagesSeen() {
        return messagesSeen;
    }

    /** Sees what the bytes have become. */
    ChannelInboundHandlerAdapter messages() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                messagesSeen++;
                if (HeadMemory.isUnusual(unread) && !mayBeSoLarge(message)) {
                    refuse(context);
                }
                if (isRefused) {
                    ReferenceCountUtil.release(message);
                    return;
                }
                if (message instanceof HttpRequest) {
                    arriving = Arriving.BODY;
                }
                if (message instanceof LastHttpContent) {
                    arrived();
                }
                context.fireChannelRead(message);
            }
        };
    }

    /** What it is made of has been read. */
    private boolean mayBeSoLarge(Object message) {
        int size = HeadMemory.sizeOf(message);
        unread -= size;
        return !(message instanceof HttpRequest) || memory.mayBe(size);
    }

    /** Out of turn nobody can be told. */
    private void refuse(ChannelHandlerContext context) {
        isRefused = true;
        if (IdleConnections.isUsed(context.channel())) {
            context.close();
        } else {
            tell(context, Refusals.CROWDED);
        }
    }

    private void arrived() {
        arriving = Arriving.NOTHING;
        passedOver = 0;
        if (!HeadMemory.isUnusual(unread)) {
            unread = 0;
        }
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void check(ChannelHandlerContext context) {
        long now = now(context);
        if (arriving == Arriving.HEAD && IdleConnections.isUsed(context.channel())) {
            begun = now; // it waits for us, who have not answered the one before
        }
        long left = Math.min(pauseLeft(context, now), longestRequest - (now - begun));
        if (left <= 0 || dripsIn(context, now)) {
            close(context);
        } else {
            timer = context.executor().schedule(() -> check(context), left, TimeUnit.NANOSECONDS);
        }
    }

    private static long now(ChannelHandlerContext context) {
        return context.executor().ticker().nanoTime();
    }

    /** Whoever sends a byte now and then, so that it is no pause (slow post). */
    private boolean dripsIn(ChannelHandlerContext context, long now) {
        if (arriving != Arriving.BODY || now - arrivedSince < longestPause) {
            return false;
        }
        boolean isPausedByUs = !context.channel().config().isAutoRead();
        boolean drips =
                !isPausedByUs && !wasPausedByUs && arrived < leastPerNano * (now - arrivedSince);
        wasPausedByUs = isPausedByUs;
        arrived = 0;
        arrivedSince = now;
        return drips;
    }

    /** While we do not read, because the upstream is slow, the client has no part in the pause. */
    private long pauseLeft(ChannelHandlerContext context, long now) {
        if (arriving == Arriving.HEAD) {
            return longestPause - (now - begun);
        }
        return context.channel().config().isAutoRead()
                ? longestPause - (now - lastRead)
                : longestPause;
    }

    /** Nobody has begun to answer a request whose head has not come. */
    private void close(ChannelHandlerContext context) {
        if (arriving == Arriving.HEAD) {
            tell(context, Problem.of(ProblemCode.REQUEST_TIMEOUT));
        } else {
            context.close();
        }
    }

    private void tell(ChannelHandlerContext context, Problem problem) {
        context.pipeline()
                .context(MESSAGES)
                .writeAndFlush(answers.last(EmptyHttpHeaders.INSTANCE, "/", problem))
                .addListener(ChannelFutureListener.CLOSE);
    }
}
