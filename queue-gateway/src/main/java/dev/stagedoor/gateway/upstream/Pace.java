package dev.stagedoor.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultChannelPipeline;

import java.util.concurrent.atomic.AtomicInteger;

/** As fast as a client takes its answer in: the server asks for a megabyte of it at once. */
final class Pace extends ChannelInboundHandlerAdapter {

    private static final int MOST_UNWRITTEN = 128 << 10;

    private final Channel client;
    private final Runnable more;

    /** Bytes for a client of another thread: until that has written them, it seems to take all. */
    private final AtomicInteger unwritten = new AtomicInteger();

    private Pace(Channel client, Runnable more) {
        this.client = client;
        this.more = more;
    }

    /**
     * @param more on the client's thread, whenever it takes more again
     */
    static Pace of(Channel client, Runnable more) {
        Pace pace = new Pace(client, more);
        client.pipeline().addFirst(pace);
        return pace;
    }

    boolean allows() {
        return unwritten.get() < MOST_UNWRITTEN && client.isWritable();
    }

    /** The first wakes the client's thread; what follows is written when that is there. */
    void hasHandedOut(int bytes) {
        if (!client.eventLoop().inEventLoop() && unwritten.getAndAdd(bytes) == 0) {
            client.eventLoop().execute(this::isWritten);
        }
    }

    /** Nobody waits for more unless there was as much as may be. */
    private void isWritten() {
        if (unwritten.getAndSet(0) >= MOST_UNWRITTEN) {
            more.run();
        }
    }

    /** What a client of another thread has taken in before this, nobody has told. */
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        more.run();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        more.run();
        context.fireChannelWritabilityChanged();
    }

    /** On any thread; a connection that is closed has let go of it already. */
    void end() {
        ((DefaultChannelPipeline) client.pipeline()).removeIfExists(this);
    }
}
