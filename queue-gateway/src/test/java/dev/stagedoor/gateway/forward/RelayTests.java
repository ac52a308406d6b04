package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import reactor.netty.NettyPipeline;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

class RelayTests {

    private static final int TIMES = 100;
    private static final int PIECES = 3_000;
    private static final Duration LONG = Duration.ofMinutes(1);

    private final EventLoopGroup origins = thread();
    private final EventLoopGroup clients = thread();
    private final LocalAddress address = new LocalAddress(UUID.randomUUID().toString());

    /** What has come to the client, a byte for each piece. */
    private final AtomicInteger come = new AtomicInteger();

    @AfterEach
    void stop() {
        origins.shutdownGracefully();
        clients.shutdownGracefully();
    }

    /** As with TLS, where one read brings many. */
    @Test
    void losesNothingThatComesWhileTheClientsEndBegins() throws Exception {
        listen();
        for (int i = 0; i < TIMES; i++) {
            come.set(0);
            Channel origin = connect(origins);
            Channel client = connect(clients);

            origin.eventLoop().submit(() -> joinInTheMiddleOfARead(client, origin)).sync();
            client.eventLoop().submit(() -> {}).sync();

            assertThat(come).hasValue(PIECES);
            client.close().sync();
            origin.close().sync();
        }
    }

    @Test
    void keepsNothingThatComesWhenTheClientHasGone() throws Exception {
        listen();
        Channel origin = connect(origins);
        Channel client = connect(clients);
        client.close().sync();
        ByteBuf late = Unpooled.buffer(1).writeByte(1);

        origin.eventLoop()
                .submit(
                        () -> {
                            Relay.join(client, origin, Unpooled.EMPTY_BUFFER, LONG);
                            client.eventLoop().submit(() -> {}).awaitUninterruptibly(); // has gone
                            origin.pipeline().fireChannelRead(late);
                        })
                .sync();

        assertThat(late.refCnt()).isZero();
        origin.close().sync();
    }

    private void listen() throws InterruptedException {
        new ServerBootstrap()
                .group(clients)
                .channel(LocalServerChannel.class)
                .childHandler(handlers())
                .bind(address)
                .sync();
    }

    private static void joinInTheMiddleOfARead(Channel client, Channel origin) {
        Relay.join(client, origin, Unpooled.EMPTY_BUFFER, LONG);
        for (int i = 0; i < PIECES; i++) {
            origin.pipeline().fireChannelRead(Unpooled.wrappedBuffer(new byte[1]));
        }
    }

    private static EventLoopGroup thread() {
        return new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    }

    private Channel connect(EventLoopGroup thread) throws InterruptedException {
        return new Bootstrap()
                .group(thread)
                .channel(LocalChannel.class)
                .handler(handlers())
                .connect(address)
                .sync()
                .channel();
    }

    private ChannelInitializer<Channel> handlers() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline()
                        .addLast(new Counting())
                        .addLast(NettyPipeline.HttpCodec, new ChannelInboundHandlerAdapter());
            }
        };
    }

    private final class Counting extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            come.addAndGet(((ByteBuf) message).readableBytes());
            context.write(message, promise);
        }
    }
}
