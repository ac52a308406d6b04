package dev.stagedoor.gateway.upstream;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import java.io.IOException;

/**
 * Keeps to itself what an upstream says before its answer, like 103 Early Hints, if it can be read.
 */
final class InterimAnswers extends ChannelDuplexHandler {

    private boolean isUpgradeAsked;
    private boolean isInterim;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpRequest request) {
            isUpgradeAsked = request.headers().contains(HttpHeaderNames.UPGRADE);
        }
        context.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpResponse answer) {
            boolean isSwitch = answer.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
            isInterim =
                    answer.status().codeClass() == HttpStatusClass.INFORMATIONAL
                            && answer.decoderResult().isSuccess()
                            && !(isSwitch && isUpgradeAsked);
            if (isSwitch && !isUpgradeAsked) {
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

    /** Nobody has asked for another protocol: what follows would be no HTTP. */
    private static void giveUp(ChannelHandlerContext context) {
        context.fireExceptionCaught(new IOException("The upstream wants to change the protocol"));
        context.close();
    }
}
