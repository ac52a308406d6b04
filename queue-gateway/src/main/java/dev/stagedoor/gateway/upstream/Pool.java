package dev.stagedoor.gateway.upstream;

import dev.stagedoor.common.FreshNames;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import reactor.netty.NettyPipeline;
import reactor.netty.resources.LoopResources;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

/**
 * The connections of one event loop to one origin (connection pool): the one that was used last is
 * used next, and if all are in use, whoever comes first is served first. No client has more than
 * half of them, so that others need not wait for its answers. All of it happens on that loop, so
 * there are no locks.
 */
public final class Pool {

    private final Bootstrap bootstrap;
    private final EventLoop loop;
    private final Origin origin;
    private final String host;
    private final UpstreamProperties upstream;
    private final int most;

    private final Deque<Connection> idle = new ArrayDeque<>();
    private final Fairness fairness;
    private int open;
    private volatile boolean isFull;
    private boolean isSwept;
    private boolean isClosed;

    Pool(
            Origin origin,
            @Nullable SslContext tls,
            UpstreamProperties upstream,
            int most,
            int mostWaiting,
            LoopResources threads,
            ByteBufAllocator buffers,
            EventLoop loop) {
        this.loop = loop;
        this.origin = origin;
        this.host = origin.host();
        this.upstream = upstream;
        this.most = most;
        this.fairness = new Fairness(most, mostWaiting);
        this.bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channel(threads.onChannelClass(SocketChannel.class, loop))
                        .option(ChannelOption.ALLOCATOR, buffers)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(upstream.connectTimeout().toMillis()))
                        .resolver(FreshNames.INSTANCE)
                        .remoteAddress(origin.address())
                        .handler(handlers(tls));
    }

    private ChannelInitializer<Channel> handlers(@Nullable SslContext tls) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (tls != null) {
                    channel.pipeline().addLast(secure(tls, channel));
                }
                Connection connection = new Connection(channel);
                channel.pipeline()
                        .addLast(NettyPipeline.HttpCodec, connection.codec())
                        .addLast(new InterimAnswers())
                        .addLast(new ResponseTimeout(upstream.responseTimeout(), channel))
                        .addLast(connection);
            }
        };
    }

    private SslHandler secure(SslContext tls, Channel channel) {
        InetSocketAddress address = origin.address();
        SslHandler handler =
                tls.newHandler(channel.alloc(), address.getHostString(), address.getPort());
        handler.setHandshakeTimeoutMillis(upstream.connectTimeout().toMillis());
        return handler;
    }

    /** How a request names the origin. */
    public String host() {
        return host;
    }

    /** At once if this is the pool's own loop. */
    void run(Runnable step) {
        if (loop.inEventLoop()) {
            step.run();
        } else {
            loop.execute(step);
        }
    }

    // ── taken and given back ────────────────────────────────────────────────────────────────────

    /** Whether somebody would wait here, as seen from any thread. */
    boolean isFull() {
        return isFull;
    }

    private void isChanged() {
        boolean isFullNow = idle.isEmpty() && open >= most;
        if (isFull != isFullNow) {
            isFull = isFullNow;
        }
    }

    /** Begins the exchange on a connection, now or as soon as one is free. */
    void serve(Exchange exchange) {
        boolean mayBegin = fairness.mayHaveOneMore(exchange.client());
        Connection connection = mayBegin ? lastUsed() : null;
        if (connection != null) {
            fairness.takes(exchange.client(), connection.channel);
            connection.begin(exchange);
        } else if (open < most && mayBegin) {
            connect(exchange);
        } else if (fairness.waits(exchange)) {
            exchange.waits(
                    loop.schedule(
                            () -> tooLate(exchange),
                            upstream.pendingTimeout().toNanos(),
                            TimeUnit.NANOSECONDS));
        } else {
            exchange.fail(Busy.INSTANCE);
        }
        isChanged();
    }

    private void tooLate(Exchange exchange) {
        if (fairness.waitsNoMore(exchange)) {
            exchange.fail(Busy.INSTANCE);
        }
    }

    // ── opened and closed ───────────────────────────────────────────────────────────────────────

    /** On a new connection where there may be one more: the others may be as stale. */
    void serveAgain(Exchange exchange) {
        if (open < most) {
            connect(exchange);
            isChanged();
        } else {
            serve(exchange);
        }
    }

    void forget(Exchange exchange) {
        fairness.waitsNoMore(exchange);
    }

    /** An idle one may be closed on the other side before it has got our next request. */
    private @Nullable Connection lastUsed() {
        if (idle.isEmpty()) {
            return null;
        }
        closeIdle();
        return idle.pollLast();
    }

    private void closeIdle() {
        long oldest = System.nanoTime() - upstream.idleTimeout().toNanos();
        while (!idle.isEmpty() && idle.getFirst().idleSince - oldest < 0) {
            idle.removeFirst().close();
        }
    }

    /** While nobody asks, too. */
    private void sweep() {
        closeIdle();
        isSwept = false;
        sweepLater();
    }

    private void sweepLater() {
        if (!isSwept && !idle.isEmpty()) {
            isSwept = true;
            loop.schedule(this::sweep, upstream.idleTimeout().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void connect(Exchange exchange) {
        open++;
        ChannelFuture connecting = bootstrap.connect();
        Channel channel = connecting.channel();
        fairness.takes(exchange.client(), channel);
        if (connecting.cause() != null) {
            loop.execute(() -> closed(channel)); // by nobody else: there is none
            exchange.fail(connecting.cause());
            return;
        }
        channel.closeFuture().addListener(_ -> closed(channel));
        connecting.addListener(
                connected -> {
                    SslHandler tls = channel.pipeline().get(SslHandler.class);
                    if (!connected.isSuccess()) {
                        exchange.fail(connected.cause());
                    } else if (tls == null) {
                        connected(channel, exchange);
                    } else {
                        tls.handshakeFuture()
                                .addListener(
                                        agreed -> {
                                            if (agreed.isSuccess()) {
                                                connected(channel, exchange);
                                            } else {
                                                exchange.fail(agreed.cause());
                                            }
                                        });
                    }
                });
    }

    private void connected(Channel channel, Exchange exchange) {
        Connection connection = channel.pipeline().get(Connection.class);
        if (exchange.isOver()) {
            giveBack(connection);
        } else {
            connection.begin(exchange);
        }
    }

    void giveBack(Connection connection) {
        fairness.letsGo(connection.channel);
        Exchange next = fairness.next();
        if (next != null) {
            fairness.takes(next.client(), connection.channel);
            connection.begin(next);
        } else if (isClosed || !connection.channel.isActive()) {
            connection.close();
        } else {
            connection.idleSince = System.nanoTime();
            idle.addLast(connection);
            sweepLater();
        }
        isChanged();
    }

    private void closed(Channel channel) {
        open--;
        idle.removeIf(connection -> connection.channel == channel);
        fairness.letsGo(channel);
        Exchange next = fairness.next();
        if (next != null) {
            serve(next);
        }
        isChanged();
    }

    /** What is under way goes on to its end. */
    void close() {
        if (!loop.isShuttingDown()) {
            run(
                    () -> {
                        isClosed = true;
                        List.copyOf(idle).forEach(Connection::close);
                    });
        }
    }

    /**
     * A connection to an upstream, which carries one exchange after the other. It goes back to the
     * pool only when all that was read with the end of an answer is known to belong to it: whatever
     * comes when nobody has asked must not be taken for the answer to the next request (response
     * desynchronisation).
     */
    final class Connection extends ChannelInboundHandlerAdapter {

        private final Channel channel;
        private final AnswerDecoder answers = new AnswerDecoder(this::isAskedForAHead);
        private @Nullable Exchange current;
        private long exchanges;
        private long idleSince;

        Connection(Channel channel) {
            this.channel = channel;
        }

        ChannelHandler codec() {
            return new CombinedChannelDuplexHandler<>(answers, new HttpRequestEncoder());
        }

        private boolean isAskedForAHead() {
            return current != null && current.isForAHead();
        }

        void begin(Exchange exchange) {
            current = exchange;
            exchanges++;
            answers.isAsked();
            exchange.begin(this);
        }

        Channel channel() {
            return channel;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (current == null || current.isRead() || !(message instanceof HttpObject part)) {
                ReferenceCountUtil.release(message);
                close();
            } else {
                current.arrived(part);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (current == null ? answers.isBetweenAnswers() : !current.isRead()) {
                return;
            }
            boolean isGoodForMore =
                    current != null
                            && current.leavesConnectionOpen()
                            && answers.isBetweenAnswers()
                            && channel.isActive();
            current = null;
            if (isGoodForMore) {
                channel.config().setAutoRead(true);
                giveBack(this);
            } else {
                close();
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (current != null) {
                current.sendMore();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (current != null) {
                exceptionCaught(context, new IOException("The upstream has closed the connection"));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            Exchange failed = current;
            current = null;
            close();
            if (failed != null) {
                boolean isBroken = cause instanceof IOException && !(cause instanceof SSLException);
                failed.fail(cause, isBroken && exchanges > 1 && !answers.hasSpoken());
            }
        }

        /** Whoever takes it over closes it. */
        Channel handOver() {
            current = null;
            channel.pipeline().remove(ResponseTimeout.class);
            return channel;
        }

        void close() {
            channel.close();
        }
    }

    /** All connections are in use, and enough wait for one, or this one long enough. */
    public static final class Busy extends RuntimeException {

        private static final long serialVersionUID = 1;
        private static final Busy INSTANCE = new Busy();

        private Busy() {
            super("All connections to the upstream are in use", null, false, false);
        }
    }
}
