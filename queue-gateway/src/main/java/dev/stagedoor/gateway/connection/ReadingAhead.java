package dev.stagedoor.gateway.connection;

import dev.stagedoor.common.connection.InTurn;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * Stops reading once something has come behind a request that is not answered (pipelining): the
 * rest stays with the client. Until something comes it reads on, to hear of a client that hangs up.
 */
final class ReadingAhead extends ChannelDuplexHandler {

    /** Whole requests without an answer; less than none while one is answered before its end. */
    private int unanswered;

    private boolean hasJustEnded;
    private boolean isMoreThere;
    private boolean isWanted;
    private boolean wasAutomatic;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof LastHttpContent) {
            unanswered++;
            hasJustEnded = true;
        }
        context.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        isMoreThere |= unanswered > 1 || unanswered == 1 && !hasJustEnded;
        hasJustEnded = false;
        context.fireChannelReadComplete();
    }

    @Override
    public void read(ChannelHandlerContext context) {
        if (!isMoreThere) {
            context.read();
        } else if (!isWanted) {
            isWanted = true;
            wasAutomatic = context.channel().config().isAutoRead();
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        context.write(message, promise);
        if (InTurn.isEndOfAnswer(message)) {
            unanswered--;
            isMoreThere = unanswered > 1;
            if (isWanted && !isMoreThere) {
                goOn(context);
            }
        }
    }

    private void goOn(ChannelHandlerContext context) {
        isWanted = false;
        if (wasAutomatic) {
            context.channel().config().setAutoRead(true);
        }
        context.read();
    }
}
