package dev.stagedoor.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultChannelPipeline;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The body of a long answer on its way: as much at a time as whoever reads it wants and the client
 * takes in. It comes on the thread of the pool, and is waited with while there is some of it here.
 */
final class LongBody implements Publisher<ByteBuf>, Subscription {

    private final Pool pool;
    private final Exchange exchange;

    /** What nobody has wanted yet. */
    private final Queue<ByteBuf> parts = new ArrayDeque<>(2);

    private @Nullable Pace pace;
    private @Nullable Subscriber<? super ByteBuf> reader;
    private long wanted;
    private boolean isHandingOut;
    private boolean isLetGo;
    private boolean isComplete;
    private @Nullable Throwable failure;

    LongBody(Pool pool, Exchange exchange) {
        this.pool = pool;
        this.exchange = exchange;
    }

    // ── as it arrives ───────────────────────────────────────────────────────────────────────────

    void arrived(ByteBuf part) {
        parts.add(part);
        handOut();
    }

    void complete() {
        isComplete = true;
        handOut();
    }

    /** Once what has arrived is handed out. */
    void fail(Throwable cause) {
        failure = cause;
        handOut();
    }

    // ── as it is passed on ──────────────────────────────────────────────────────────────────────

    Publisher<ByteBuf> to(Channel client) {
        pace = Pace.of(client, () -> pool.run(this::handOut));
        return this;
    }

    /** On any thread: what has ended meanwhile is told when it has begun. */
    @Override
    public void subscribe(Subscriber<? super ByteBuf> subscriber) {
        subscriber.onSubscribe(this);
        pool.run(
                () -> {
                    reader = subscriber;
                    handOut();
                });
    }

    /** On any thread. */
    @Override
    public void request(long more) {
        pool.run(
                () -> {
                    wanted = wanted + more < 0 ? Long.MAX_VALUE : wanted + more;
                    handOut();
                });
    }

    /** On any thread. */
    @Override
    public void cancel() {
        exchange.close();
    }

    private void handOut() {
        if (isHandingOut || isLetGo) {
            return;
        }
        Subscriber<? super ByteBuf> to = reader;
        isHandingOut = true;
        while (to != null && wanted > 0 && !parts.isEmpty() && pace().allows()) {
            wanted--;
            ByteBuf part = parts.remove();
            int bytes = part.readableBytes();
            to.onNext(part);
            pace().hasHandedOut(bytes);
        }
        isHandingOut = false;
        if (isLetGo) {
            return; // by whoever was just given some of it
        }
        if (parts.isEmpty() && to != null && (failure != null || isComplete)) {
            reader = null;
            end(to);
        } else {
            exchange.readOn(parts.isEmpty());
        }
    }

    private void end(Subscriber<? super ByteBuf> to) {
        if (failure == null) {
            to.onComplete();
        } else {
            to.onError(failure);
        }
    }

    private Pace pace() {
        return Objects.requireNonNull(pace);
    }

    /** Nobody wants more of it. */
    void letGo() {
        isLetGo = true;
        parts.forEach(ByteBuf::release);
        parts.clear();
        if (pace != null) {
            pace.end();
        }
    }

    /** As fast as a client takes its answer in: the server asks for a megabyte of it at once. */
    static final class Pace extends ChannelInboundHandlerAdapter {

        private static final int MOST_UNWRITTEN = 128 << 10;

        private final Channel client;
        private final Runnable more;

        /**
         * Bytes for a client of another thread: until that has written them, it seems to take all.
         */
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
                client.eventLoop().execute(this::hasWritten);
            }
        }

        /** Nobody waits for more unless there was as much as may be. */
        private void hasWritten() {
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
}
