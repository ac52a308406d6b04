package dev.stagedoor.booking.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
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
 *
 * <p>A server that has become a standby, and did not break the connection, is given up as well,
 * when the transaction has ended. In both cases the others that lie idle are no better.
 */
final class AnswerDeadline extends ChannelDuplexHandler {

    /** {@code ReadyForQuery}: a Z, the length 5, and one byte that says in which transaction. */
    private static final long READY = 0x5A_00_00_00_05_00L;

    private static final long BUT_THE_LAST = 0xFF_FF_FF_FF_FF_00L;
    private static final int LENGTH = 6;
    private static final char IN_NO_TRANSACTION = 'I';

    /** Of an error: two of its fields, between which no row of a table has a single zero. */
    private static final ByteBuf READ_ONLY =
            Unpooled.unreleasableBuffer(
                    Unpooled.wrappedBuffer("VERROR\0C25006\0".getBytes(US_ASCII)).asReadOnly());

    private static final int LONGEST_ERROR = 4_096;

    private final Channel channel;
    private final long patience;
    private final Runnable giveUpTheIdle;
    private long lastBytes;
    private long heard;
    private boolean owed;
    private boolean timed;
    private boolean doomed;

    AnswerDeadline(Channel channel, Duration patience, Runnable giveUpTheIdle) {
        this.channel = channel;
        this.patience = patience.toNanos();
        this.giveUpTheIdle = giveUpTheIdle;
    }

    /** From any thread, also before the connection is made. */
    void giveUpIfIdle() {
        if (channel.isRegistered()) {
            channel.eventLoop().execute(() -> closeIf(!owed && isInNoTransaction()));
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        owe();
        context.fireChannelActive();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        owe();
        context.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        heard = System.nanoTime();
        if (message instanceof ByteBuf bytes) {
            owed = !endsWithReady(bytes);
            doomed |= saysReadOnly(bytes);
        }
        context.fireChannelRead(message);
        if (doomed && !owed && isInNoTransaction()) {
            channel.close();
            giveUpTheIdle.run();
        }
    }

    private boolean endsWithReady(ByteBuf bytes) {
        for (int i = Math.min(LENGTH, bytes.readableBytes()); i > 0; i--) {
            lastBytes = lastBytes << 8 | bytes.getUnsignedByte(bytes.writerIndex() - i);
        }
        return (lastBytes & BUT_THE_LAST) == READY;
    }

    private boolean isInNoTransaction() {
        return (lastBytes & 0xFF) == IN_NO_TRANSACTION;
    }

    private static boolean saysReadOnly(ByteBuf bytes) {
        return bytes.readableBytes() < LONGEST_ERROR && ByteBufUtil.indexOf(READ_ONLY, bytes) >= 0;
    }

    private void owe() {
        if (!owed) {
            owed = true;
            heard = System.nanoTime();
        }
        if (!timed) {
            timed = true;
            lookIn(patience);
        }
    }

    private void lookIn(long in) {
        channel.eventLoop().schedule(this::look, in, TimeUnit.NANOSECONDS);
    }

    private void look() {
        long left = heard + patience - System.nanoTime();
        if (!owed || !channel.isOpen()) {
            timed = false;
        } else if (left > 0) {
            lookIn(left);
        } else {
            channel.close();
            giveUpTheIdle.run();
        }
    }

    private void closeIf(boolean idle) {
        if (idle) {
            channel.close();
        }
    }
}
