package dev.stagedoor.gateway.upstream;

import dev.stagedoor.common.FreshNames;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;

import reactor.netty.NettyPipeline;
import reactor.netty.resources.LoopResources;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The connections of one event loop to one origin (connection pool): the one that was used last is
 * used next, and if all are in use, whoever comes first is served first. No client has more than
 * half of them, however long its answers take, nor of the places to wait. All of it happens on that
 * loop, so there are no locks.
 */
public final class Pool {

    private static final AttributeKey<Object> CLIENT = AttributeKey.valueOf("stagedoor-client");

    /** Has a connection, and no share. */
    private static final Object ANYBODY = new Object();

    private static final int PART_FOR_FIRST_ONES = 8;

    private final Bootstrap bootstrap;
    private final EventLoop loop;
    private final Origin origin;
    private final String host;
    private final UpstreamProperties upstream;
    private final int most;

    private final Deque<Connection> idle = new ArrayDeque<>();
    private final Deque<Exchange> waiting = new ArrayDeque<>();
    private final int mostWaiting;

    /** How many connections each client has. */
    private final Map<Object, Integer> taken = new HashMap<>();

    private int inUse;
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
        this.mostWaiting = mostWaiting;
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
                Connection connection = new Connection(Pool.this, channel);
                channel.pipeline()
                        .addLast(NettyPipeline.HttpCodec, connection.codec())
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

    private void noteWhetherFull() {
        boolean isFullNow = idle.isEmpty() && open >= most;
        if (isFull != isFullNow) {
            isFull = isFullNow;
        }
    }

    /** Begins the exchange on a connection, now or as soon as one is free. */
    void serve(Exchange exchange) {
        boolean mayBegin = mayHaveOneMore(exchange.client());
        Connection connection = mayBegin ? lastUsed() : null;
        if (connection != null) {
            takes(exchange.client(), connection.channel());
            connection.begin(exchange);
        } else if (open < most && mayBegin) {
            connect(exchange);
        } else if (waits(exchange)) {
            exchange.waits(
                    loop.schedule(
                            () -> tooLate(exchange),
                            upstream.pendingTimeout().toNanos(),
                            TimeUnit.NANOSECONDS));
        } else {
            exchange.fail(Busy.INSTANCE);
        }
        noteWhetherFull();
    }

    private void tooLate(Exchange exchange) {
        if (waiting.remove(exchange)) {
            exchange.fail(Busy.INSTANCE);
        }
    }

    // ── who has how many, and who waits ─────────────────────────────────────────────────────────

    /**
     * As long as more are free than they have: one alone comes to nearly half of all, two to a
     * third each. Where each keeps what it has, as who reads slowly does, the next one comes to
     * half of what is left, and soon nothing is: so the last ones are for those who have none.
     *
     * @param client null for whoever has no share
     */
    private boolean mayHaveOneMore(@Nullable Object client) {
        int free = most - inUse;
        int has = taken.getOrDefault(client, 0);
        return client == null || has < (has == 0 ? free : free - most / PART_FOR_FIRST_ONES);
    }

    private void takes(@Nullable Object client, Channel channel) {
        inUse++;
        channel.attr(CLIENT).set(client == null ? ANYBODY : client);
        if (client != null) {
            taken.merge(client, 1, Integer::sum);
        }
    }

    /** Nothing happens if nobody has it. */
    private void letsGo(Channel channel) {
        Object client = channel.attr(CLIENT).getAndSet(null);
        if (client != null) {
            inUse--;
            taken.computeIfPresent(client, (_, before) -> before == 1 ? null : before - 1);
        }
    }

    /** Whether there is room for it. */
    private boolean waits(Exchange exchange) {
        return waiting.size() < mostWaiting && isOfFew(exchange.client()) && waiting.add(exchange);
    }

    private boolean isOfFew(@Nullable Object client) {
        int half = mostWaiting / 2;
        return client == null
                || waiting.size() <= half
                || waiting.stream().filter(it -> client.equals(it.client())).count() <= half;
    }

    /** Whoever has waited longest of those who may have one more. */
    private @Nullable Exchange next() {
        for (Iterator<Exchange> all = waiting.iterator(); all.hasNext(); ) {
            Exchange next = all.next();
            if (mayHaveOneMore(next.client())) {
                all.remove();
                return next;
            }
        }
        return null;
    }

    // ── opened and closed ───────────────────────────────────────────────────────────────────────

    /** On a new connection where there may be one more: the others may be as stale. */
    void serveAgain(Exchange exchange) {
        if (open < most) {
            connect(exchange);
            noteWhetherFull();
        } else {
            serve(exchange);
        }
    }

    void forget(Exchange exchange) {
        waiting.remove(exchange);
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
        while (!idle.isEmpty() && idle.getFirst().isIdleSince(oldest)) {
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
        takes(exchange.client(), channel);
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
        letsGo(connection.channel());
        Exchange next = next();
        if (next != null) {
            takes(next.client(), connection.channel());
            connection.begin(next);
        } else if (isClosed) {
            connection.close();
        } else {
            connection.rests();
            idle.addLast(connection);
            sweepLater();
        }
        noteWhetherFull();
    }

    private void closed(Channel channel) {
        open--;
        idle.removeIf(connection -> connection.channel() == channel);
        letsGo(channel);
        Exchange next = next();
        if (next != null) {
            serve(next);
        }
        noteWhetherFull();
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

    /** All connections are in use, and enough wait for one, or this one long enough. */
    public static final class Busy extends RuntimeException {

        private static final long serialVersionUID = 1;
        private static final Busy INSTANCE = new Busy();

        private Busy() {
            super("All connections to the upstream are in use", null, false, false);
        }
    }
}
