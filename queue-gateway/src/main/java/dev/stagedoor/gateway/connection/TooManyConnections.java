package dev.stagedoor.gateway.connection;

import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;

import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the connections of the public. Beyond the bound newcomers are told so at their first
 * request; when as many again as a tenth are being told, the rest is closed without a word.
 */
@Sharable
final class TooManyConnections extends ChannelInboundHandlerAdapter {

    private final int most;
    private final int mostTold;
    private final Answers answers;
    private final AtomicInteger open = new AtomicInteger();

    private TooManyConnections(int most, Answers answers) {
        this.most = most;
        this.mostTold = most + Math.max(1, most / 10);
        this.answers = answers;
    }

    static HttpServer refused(HttpServer server, int most, Answers answers) {
        TooManyConnections counting = new TooManyConnections(most, answers);
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addAfter(
                                        NettyPipeline.HttpCodec, "too-many-connections", counting));
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        int before = open.getAndIncrement();
        context.channel().closeFuture().addListener(_ -> open.decrementAndGet());
        if (before < most) {
            context.pipeline().remove(this);
        } else if (before >= mostTold) {
            context.close();
        }
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            context.writeAndFlush(
                            answers.last(request.headers(), request.uri(), Refusals.crowded()))
                    .addListener(ChannelFutureListener.CLOSE);
        }
        ReferenceCountUtil.release(message);
    }
}
