package dev.stagedoor.gateway.forward;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import reactor.netty.NettyPipeline;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One end of a connection on which bytes are carried as they are (a tunnel): what comes here is
 * written to the other end, and only when that has taken it more is read. So neither end can make
 * the gateway hold more than one read of the other.
 */
public final class Relay extends ChannelInboundHandlerAdapter {

    /** Told to the handlers of a client's connection, on which there are no requests any more. */
    public enum Event {
        BEGUN
    }

    private final AtomicBoolean hasRead = new AtomicBoolean();

    /** What has come with the head, before the other end was there to take it. */
    private final Queue<ByteBuf> early = new ConcurrentLinkedQueue<>();

    private volatile boolean isOver;
    private volatile @Nullable ChannelHandlerContext here;
    private @Nullable Relay other;

    private Relay() {}

    /**
     * Takes both connections over, the origin's first, on its own thread; gives the client's end.
     */
    static Relay join(Channel client, Channel origin, ByteBuf head, Duration longestPause) {
        Relay ofClient = new Relay();
        Relay ofOrigin = new Relay();
        ofClient.other = ofOrigin;
        ofOrigin.other = ofClient;
        ofOrigin.takeOver(origin, longestPause);
        if (client.eventLoop().inEventLoop()) {
            ofClient.begin(client, head, longestPause);
        } else {
            client.eventLoop().execute(() -> ofClient.begin(client, head, longestPause));
        }
        return ofClient;
    }

    private void begin(Channel client, ByteBuf head, Duration longestPause) {
        if (!client.isActive()) {
            head.release();
            close();
            return;
        }
        client.pipeline().fireUserEventTriggered(Event.BEGUN);
        takeOver(client, longestPause);
        here.write(head);
        other.sendEarly();
        here.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> other.here.read());
        here.read();
        if (!other.here.channel().isActive()) {
            endAfterTheLastByte();
        }
    }

    /** On the thread of the other end. */
    private void sendEarly() {
        for (ByteBuf next = early.poll(); next != null; next = early.poll()) {
            other.here.writeAndFlush(next);
        }
    }

    /**
     * What the codec has read too much of comes out of it when it goes. Both ends are looked after:
     * when one has gone, the other may take nothing of what is left for it.
     */
    private void takeOver(Channel channel, Duration longestPause) {
        channel.config().setAutoRead(false);
        channel.pipeline()
                .addBefore(
                        NettyPipeline.HttpCodec,
                        "relay-idle",
                        new IdleStateHandler(0, 0, longestPause.toNanos(), TimeUnit.NANOSECONDS));
        channel.pipeline().replace(NettyPipeline.HttpCodec, "relay", this);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        here = context;
    }

    /** Whether anything has come since this was asked the last time. */
    boolean isUsed() {
        return hasRead.getAndSet(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message); // the end of the head that has brought us here
        } else if (other.here == null) {
            early.add(bytes);
            ChannelHandlerContext meanwhile = other.here;
            if (meanwhile != null) {
                meanwhile.executor().execute(this::sendEarly);
            } else if (isOver) {
                forgetEarly();
            }
        } else {
            hasRead.set(true);
            other.here.writeAndFlush(bytes).addListener(written -> goOn(written.isSuccess()));
        }
    }

    private void goOn(boolean isTaken) {
        if (isTaken) {
            here.read();
        } else {
            close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        // nobody behind reads on
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            close();
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        other.endAfterTheLastByte();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        close();
    }

    void close() {
        end();
        other.end();
    }

    /** Whatever has not been taken in. */
    private void end() {
        isOver = true;
        forgetEarly();
        ChannelHandlerContext context = here;
        if (context != null) {
            context.close();
        }
    }

    private void forgetEarly() {
        for (ByteBuf next = early.poll(); next != null; next = early.poll()) {
            next.release();
        }
    }

    private void endAfterTheLastByte() {
        ChannelHandlerContext context = here;
        if (context != null) {
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
