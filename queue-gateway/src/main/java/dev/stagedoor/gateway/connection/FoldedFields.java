package dev.stagedoor.gateway.connection;

import dev.stagedoor.gateway.forward.Relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import java.util.Arrays;

/**
 * Takes heads and trailers for too large of which fields go on in more than a hundred lines, as
 * nobody writes them. With each the decoder copies all of the field that came before, so that one
 * head of 48 KB costs it as much as thousands of others. What comes in one small piece is not
 * looked at.
 */
final class FoldedFields extends ChannelInboundHandlerAdapter {

    private static final int MOST = 128;
    private static final int SMALL = 1024;

    private final SlowRequests requests;
    private final int largestHead;

    /** Of bytes of which nothing has become yet, as it does at once of a body. */
    private int lines;

    private boolean isUnfinished;
    private boolean isRefused;

    /**
     * @param requests who learns, behind this, what has become of the bytes
     */
    FoldedFields(SlowRequests requests, int largestHead) {
        this.requests = requests;
        this.largestHead = largestHead;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (isRefused) {
            bytes.release();
            return;
        }
        boolean isWholeAndSmall = !isUnfinished && bytes.readableBytes() <= SMALL;
        int more = isWholeAndSmall ? 0 : folds(bytes);
        if (lines + more <= MOST) {
            handOn(context, bytes, more);
        } else {
            handOnInPieces(context, bytes);
        }
    }

    /** Whether they are lines of a field, shows when the decoder has seen those before. */
    private void handOnInPieces(ChannelHandlerContext context, ByteBuf bytes) {
        while (bytes.isReadable() && lines <= MOST) {
            ByteBuf piece = bytes.readRetainedSlice(Math.min(SMALL, bytes.readableBytes()));
            handOn(context, piece, folds(piece));
        }
        bytes.release();
        if (lines > MOST) {
            isRefused = true;
            context.fireChannelRead(tooMuch());
        }
    }

    private void handOn(ChannelHandlerContext context, ByteBuf bytes, int folds) {
        int before = requests.messagesSeen();
        context.fireChannelRead(bytes);
        isUnfinished = requests.messagesSeen() == before;
        lines = isUnfinished ? lines + folds : 0;
    }

    private static int folds(ByteBuf bytes) {
        int folds = 0;
        int end = bytes.writerIndex();
        int line = bytes.indexOf(bytes.readerIndex(), end, (byte) '\n') + 1;
        while (line > 0 && line < end) {
            byte first = bytes.getByte(line);
            folds += first == ' ' || first == '\t' ? 1 : 0;
            line = bytes.indexOf(line, end, (byte) '\n') + 1;
        }
        return folds;
    }

    /** The decoder refuses it, in its turn and in the usual words. */
    private ByteBuf tooMuch() {
        byte[] field = new byte[largestHead + 1];
        Arrays.fill(field, (byte) 'a');
        return Unpooled.wrappedBuffer(field);
    }

    /** What is relayed has no heads. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Relay.Event.BEGUN) {
            context.pipeline().remove(this);
        }
        context.fireUserEventTriggered(event);
    }
}
