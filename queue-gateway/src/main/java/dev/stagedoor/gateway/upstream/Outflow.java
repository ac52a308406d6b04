package dev.stagedoor.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/** How the other side of a connection takes in what is sent to it. */
public final class Outflow {

    private final Channel channel;
    private long left;
    private long takenOfTheFirst;

    public Outflow(Channel channel) {
        this.channel = channel;
    }

    /** Whether there is something that the other side has not taken in. */
    public boolean isPending() {
        return pending() > 0;
    }

    /** Whether anything has changed since this was asked the last time. */
    public boolean hasMoved() {
        long leftNow = pending();
        long takenNow = takenOfTheFirst();
        boolean moved = leftNow != left || takenNow != takenOfTheFirst;
        left = leftNow;
        takenOfTheFirst = takenNow;
        return moved;
    }

    private long pending() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    /** What has been sent stays pending until a whole piece of it has gone. */
    private long takenOfTheFirst() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.currentProgress();
    }
}
