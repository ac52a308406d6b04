package dev.stagedoor.common.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;

import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import java.util.function.Predicate;

/**
 * A server that stops closes each connection behind the answer that is under way, and says so in
 * it: whoever keeps connections, as proxies do, would send the next request into one that goes, and
 * whoever has sent it already learns that nobody looks at it (RFC 9112, 9.6).
 */
@Sharable
public final class LastAnswers extends ChannelOutboundHandlerAdapter {

    private final Predicate<Channel> isStopping;

    private LastAnswers(Predicate<Channel> isStopping) {
        this.isStopping = isStopping;
    }

    /** From when nobody new gets in. */
    public static HttpServer said(HttpServer server) {
        return said(server, channel -> !channel.parent().isOpen());
    }

    /** Behind the server's own bookkeeping, which then closes and forgets what has come behind. */
    public static HttpServer said(HttpServer server, Predicate<Channel> isStopping) {
        LastAnswers all = new LastAnswers(isStopping);
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addAfter(NettyPipeline.HttpTrafficHandler, "last-answers", all));
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (isStopping.test(context.channel())
                && message instanceof HttpResponse answer
                && answer.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
            HttpUtil.setKeepAlive(answer, false);
        }
        context.write(message, promise);
    }
}
