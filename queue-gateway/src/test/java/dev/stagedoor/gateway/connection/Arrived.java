package dev.stagedoor.gateway.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;

import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import java.net.SocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts the bytes that one gateway has read of each connection, the parts of bodies that the
 * server is told of, and the connections that the gateway knows to be gone: the kernel may hold
 * more.
 */
@Sharable
public final class Arrived extends ChannelInboundHandlerAdapter implements NettyServerCustomizer {

    /** For a gateway that is to be looked at. */
    public static final String SETTING = "spring.main.sources=" + Arrived.class.getName();

    private final Map<SocketAddress, Long> bytes = new ConcurrentHashMap<>();
    private final Map<SocketAddress, Long> parts = new ConcurrentHashMap<>();
    private final Set<SocketAddress> gone = ConcurrentHashMap.newKeySet();

    @Override
    public HttpServer apply(HttpServer server) {
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addFirst(this)
                                .addBefore(NettyPipeline.HttpTrafficHandler, "arrived", this));
    }

    /** Ports are given out again. */
    @Override
    public void channelActive(ChannelHandlerContext context) {
        SocketAddress client = context.channel().remoteAddress();
        bytes.remove(client);
        parts.remove(client);
        gone.remove(client);
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        SocketAddress client = context.channel().remoteAddress();
        if (message instanceof ByteBuf read) {
            bytes.merge(client, (long) read.readableBytes(), Long::sum);
        } else if (message instanceof HttpContent) {
            parts.merge(client, 1L, Long::sum);
        }
        context.fireChannelRead(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        context.fireChannelInactive();
        gone.add(context.channel().remoteAddress());
    }

    /** Of those clients. */
    public static boolean knowsToBeGone(
            Set<SocketAddress> clients, ConfigurableApplicationContext gateway) {
        return gateway.getBean(Arrived.class).gone.containsAll(clients);
    }

    /**
     * @param client its own address, as the gateway sees it
     */
    public static long from(SocketAddress client, ConfigurableApplicationContext gateway) {
        return gateway.getBean(Arrived.class).bytes.getOrDefault(client, 0L);
    }

    /**
     * @param client its own address, as the gateway sees it
     */
    static long partsFrom(SocketAddress client, ConfigurableApplicationContext gateway) {
        return gateway.getBean(Arrived.class).parts.getOrDefault(client, 0L);
    }
}
