package dev.stagedoor.common.rehearsal;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ImmediateEventExecutor;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.resources.LoopResources;
import reactor.util.Logger;
import reactor.util.Loggers;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Some at once, each on a connection of its own, who ask for one act after the other. They use what
 * Netty has and no client of HTTP: the service needs none, so all that is compiled for it would be
 * taken from what is rehearsed.
 */
final class Visitors {

    static final int AT_ONCE = 16;

    /** Who comes first after a start comes on a new connection. */
    private static final int OF_EACH = 50;

    private static final Logger LOG = Loggers.getLogger(Visitors.class);

    private final List<Act> once;
    private final List<Act> often;
    private final Bootstrap bootstrap;
    private final ChannelGroup connections =
            new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);

    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong unlike = new AtomicLong();
    private final AtomicInteger there = new AtomicInteger(AT_ONCE);
    private final Sinks.Empty<Void> gone = Sinks.empty();
    private volatile boolean over;

    Visitors(List<Act> once, List<Act> often, int port, LoopResources threads) {
        EventLoopGroup loops = threads.onClient(true);
        this.once = once;
        this.often = often;
        this.bootstrap =
                new Bootstrap()
                        .group(loops)
                        .channel(threads.onChannelClass(SocketChannel.class, loops))
                        .remoteAddress("127.0.0.1", port)
                        .handler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        connections.add(channel);
                                        channel.pipeline()
                                                .addLast(new HttpResponseDecoder(), new Visitor());
                                    }
                                });
    }

    void come() {
        for (int i = 0; i < AT_ONCE; i++) {
            connect();
        }
    }

    private void connect() {
        bootstrap
                .connect()
                .addListener(
                        (ChannelFuture made) -> {
                            if (!made.isSuccess()) {
                                heard(false);
                                leave();
                            }
                        });
    }

    /** Each when it has its answer; who is still without one after that time is sent home. */
    Mono<Void> goHome(Duration atLast) {
        over = true;
        return areGone()
                .timeout(atLast, Mono.<Void>fromRunnable(connections::close).then(areGone()))
                .timeout(atLast.multipliedBy(2), Mono.empty());
    }

    /** Before they are told to, only where nobody listens. */
    Mono<Void> areGone() {
        return gone.asMono();
    }

    long answered() {
        return answered.get();
    }

    long unlike() {
        return unlike.get();
    }

    private void heard(boolean asItShouldBe) {
        answered.incrementAndGet();
        if (!asItShouldBe) {
            unlike.incrementAndGet();
        }
    }

    private void leave() {
        if (there.decrementAndGet() == 0) {
            gone.tryEmitEmpty();
        }
    }

    private final class Visitor extends SimpleChannelInboundHandler<HttpObject> {

        private @Nullable Act asked;
        private boolean stays = true;
        private int asks;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            ask(context);
        }

        private void ask(ChannelHandlerContext context) {
            if (over || !stays || asks++ == OF_EACH) {
                context.close();
                return;
            }
            asked = next();
            context.writeAndFlush(Unpooled.wrappedBuffer(asked.request()));
        }

        private Act next() {
            long number = begun.getAndIncrement();
            return number < once.size()
                    ? once.get((int) number)
                    : often.get((int) ((number - once.size()) % often.size()));
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse head && asked != null) {
                int status = head.status().code();
                stays = HttpUtil.isKeepAlive(head);
                if (status != asked.answer()) {
                    LOG.debug("{}: {}", asked, status);
                }
                heard(status == asked.answer());
                asked = null;
            }
            if (part instanceof LastHttpContent) {
                ask(context);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (asked != null) {
                LOG.debug("{}: no answer", asked);
                heard(false);
            }
            if (over) {
                leave();
            } else {
                connect();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.debug("{}: {}", asked, cause.toString());
            context.close();
        }
    }
}
