package dev.stagedoor.booking.store;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Gives a connection up on which PostgreSQL owes an answer and has sent nothing for too long. Its
 * own timeouts end what it does slowly; when it is frozen, or its host has vanished, they end
 * nothing, and neither does the driver: whoever asked would wait until the kernel gives up, a
 * quarter of an hour.
 *
 * <p>An answer is owed from the beginning of the connection, and from whatever is sent, until
 * {@code ReadyForQuery}. Of that only the six last bytes are looked at, so nothing is parsed. One
 * timer runs per answer that is slow, not per statement.
 */
final class AnswerDeadline extends ChannelDuplexHandler {

    /** {@code ReadyForQuery}: a Z, the length 5, and one byte that says in which transaction. */
    private static final long READY = 0x5A_00_00_00_05_00L;

    private static final long BUT_THE_LAST = 0xFF_FF_FF_FF_FF_00L;
    private static final int LENGTH = 6;

    private final long patience;
    private long lastBytes;
    private long heard;
    private boolean owed;
    private boolean timed;

    AnswerDeadline(Duration patience) {
        this.patience = patience.toNanos();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        owe(context);
        context.fireChannelActive();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        owe(context);
        context.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        heard = System.nanoTime();
        if (message instanceof ByteBuf bytes) {
            owed = !endsWithReady(bytes);
        }
        context.fireChannelRead(message);
    }

    private boolean endsWithReady(ByteBuf bytes) {
        for (int i = Math.min(LENGTH, bytes.readableBytes()); i > 0; i--) {
            lastBytes = lastBytes << 8 | bytes.getUnsignedByte(bytes.writerIndex() - i);
        }
        return (lastBytes & BUT_THE_LAST) == READY;
    }

    private void owe(ChannelHandlerContext context) {
        if (!owed) {
            owed = true;
            heard = System.nanoTime();
        }
        if (!timed) {
            timed = true;
            look(context, patience);
        }
    }

    private void look(ChannelHandlerContext context, long in) {
        context.executor().schedule(() -> look(context), in, TimeUnit.NANOSECONDS);
    }

    private void look(ChannelHandlerContext context) {
        long left = heard + patience - System.nanoTime();
        if (!owed || !context.channel().isOpen()) {
            timed = false;
        } else if (left > 0) {
            look(context, left);
        } else {
            context.close();
        }
    }
}
