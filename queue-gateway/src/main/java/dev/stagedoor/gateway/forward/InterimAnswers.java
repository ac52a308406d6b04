package dev.stagedoor.gateway.forward;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;

import java.io.IOException;

/**
 * Keeps to itself what an upstream says before its answer, like 103 Early Hints: Reactor Netty
 * takes any of it but 100 Continue for the answer.
 */
final class InterimAnswers extends ChannelInboundHandlerAdapter {

    private boolean isInterim;

    private InterimAnswers() {}

    static HttpClient keptFrom(HttpClient client) {
        return client.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addAfter(
                                        NettyPipeline.HttpCodec,
                                        "interim-answers",
                                        new InterimAnswers()));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpResponse answer) {
            isInterim = answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
            if (answer.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                giveUp(context);
            }
        }
        if (!isInterim) {
            context.fireChannelRead(message);
            return;
        }
        ReferenceCountUtil.release(message);
        if (message instanceof LastHttpContent) {
            isInterim = false;
            context.read();
        }
    }

    /** Nobody asks for another protocol: what follows would be no HTTP. */
    private static void giveUp(ChannelHandlerContext context) {
        context.fireExceptionCaught(new IOException("The upstream wants to change the protocol"));
        context.close();
    }
}
