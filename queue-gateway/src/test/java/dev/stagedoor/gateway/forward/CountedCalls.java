package dev.stagedoor.gateway.forward;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.http.client.ReactorResourceFactory;

import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what one gateway reads from connections and writes to them, those of its own as well: it
 * stands next to each socket, where every event loop puts it.
 */
final class CountedCalls implements BeanPostProcessor {

    /** For a gateway that is to be looked at. */
    static final String SETTING = "spring.main.sources=" + CountedCalls.class.getName();

    private final LongAdder reads = new LongAdder();
    private final LongAdder writes = new LongAdder();
    private final AtomicInteger clients = new AtomicInteger();

    /** Also those by which nothing was read. */
    long reads() {
        return reads.sum();
    }

    long writes() {
        return writes.sum();
    }

    /** Connections that others have opened. */
    int clients() {
        return clients.get();
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String name) {
        if (bean instanceof ReactorResourceFactory resources) {
            resources.setLoopResourcesSupplier(Loops::new);
        }
        return bean;
    }

    private final class Loops implements LoopResources {

        private final LoopResources usual = LoopResources.create("gateway");
        private final EventLoopGroup all =
                new MultiThreadIoEventLoopGroup(
                        Runtime.getRuntime().availableProcessors(),
                        new DefaultThreadFactory("gateway", true),
                        EpollIoHandler.newFactory()) {
                    @Override
                    protected IoEventLoop newChild(
                            Executor thread, IoHandlerFactory handlers, Object... more) {
                        return new SingleThreadIoEventLoop(this, thread, handlers) {
                            @Override
                            public ChannelFuture register(ChannelPromise registered) {
                                count(registered.channel());
                                return super.register(registered);
                            }
                        };
                    }
                };

        @Override
        public EventLoopGroup onServer(boolean isNative) {
            return all;
        }

        @Override
        public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup loops) {
            return usual.onChannel(type, loops);
        }

        @Override
        public <C extends Channel> Class<? extends C> onChannelClass(
                Class<C> type, EventLoopGroup loops) {
            return usual.onChannelClass(type, loops);
        }

        @Override
        public Mono<Void> disposeLater(Duration quiet, Duration most) {
            return Mono.fromRunnable(
                    () -> all.shutdownGracefully(0, most.toMillis(), TimeUnit.MILLISECONDS));
        }
    }

    private void count(Channel channel) {
        if (channel instanceof SocketChannel) {
            channel.pipeline().addFirst(new Counting());
        }
    }

    private final class Counting extends ChannelDuplexHandler {

        private boolean hasRead;
        private boolean isWritten;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (context.channel().parent() != null) {
                clients.incrementAndGet();
            }
            context.fireChannelActive();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (context.channel().parent() != null) {
                clients.decrementAndGet();
            }
            context.fireChannelInactive();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            reads.increment();
            hasRead = true;
            context.fireChannelRead(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (!hasRead) {
                reads.increment();
            }
            hasRead = false;
            context.fireChannelReadComplete();
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            isWritten |= message instanceof ByteBuf bytes && bytes.isReadable();
            context.write(message, promise);
        }

        @Override
        public void flush(ChannelHandlerContext context) {
            if (isWritten) {
                writes.increment();
            }
            isWritten = false;
            context.flush();
        }
    }
}
