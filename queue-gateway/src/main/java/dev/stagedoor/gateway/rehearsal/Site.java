package dev.stagedoor.gateway.rehearsal;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;

import reactor.netty.resources.LoopResources;

import java.nio.charset.StandardCharsets;

/**
 * The site behind a rehearsed gateway, which has one page. It is made of what the gateway uses
 * itself, as all else would have to be compiled for nothing; and says in its head what sites say,
 * as code that has met less has to be compiled once more.
 */
final class Site extends SimpleChannelInboundHandler<HttpObject> {

    static final String PAGE = "a page of the site ".repeat(20);

    private Site() {}

    static Channel open(LoopResources threads) {
        EventLoopGroup loops = threads.onClient(true);
        return new ServerBootstrap()
                .group(loops)
                .channel(threads.onChannelClass(ServerSocketChannel.class, loops))
                .childHandler(
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline().addLast(new HttpServerCodec(), new Site());
                            }
                        })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (part instanceof LastHttpContent) {
            context.writeAndFlush(page());
        }
    }

    private static FullHttpResponse page() {
        FullHttpResponse page =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.OK,
                        Unpooled.copiedBuffer(PAGE, StandardCharsets.UTF_8));
        page.headers()
                .set(HttpHeaderNames.SERVER, "site")
                .set(HttpHeaderNames.DATE, "Thu, 26 Nov 2026 20:00:00 GMT")
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain")
                .set(HttpHeaderNames.CONTENT_LENGTH, page.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, "keep-alive");
        return page;
    }
}
