package dev.stagedoor.common.connection;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * The order of the answers on a connection, some of which the server gives, and others are given
 * before it knows of the requests. While one of those is under way, what comes behind it is kept:
 * no more than one read can hold.
 */
public abstract class InTurn extends ChannelDuplexHandler {

    /** Requests that have gone on and are not answered. */
    private int withTheServer;

    /** Whether one is under way of which the server does not know. */
    private boolean isBusy;

    protected boolean isAsking;
    private final Queue<Object> behind = new ArrayDeque<>(0);

    protected boolean isAnswered;
    protected boolean isLast;
    private boolean isToBeFlushed;
    protected boolean isMoreWanted;

    /** On each connection: behind all that guards it, as close to the server as can be. */
    public static HttpServer before(HttpServer server, Supplier<? extends InTurn> lane) {
        return server.doOnChannelInit(
                (_, channel, _) ->
                        channel.pipeline()
                                .addBefore(
                                        NettyPipeline.HttpTrafficHandler, "in-turn", lane.get()));
    }

    /** Whether each answer is the last on its connection. */
    protected boolean isStopping() {
        return false;
    }

    /** The next in turn. */
    protected abstract void take(ChannelHandlerContext context, Object message);

    protected boolean isWithTheServer() {
        return withTheServer > 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isBusy && (message instanceof HttpRequest || !behind.isEmpty())) {
            behind.add(message);
        } else {
            take(context, message);
        }
    }

    protected void goOn(ChannelHandlerContext context, HttpRequest request) {
        isAnswered = false;
        withTheServer++;
        context.fireChannelRead(request);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (isToBeFlushed) {
            isToBeFlushed = false;
            context.flush();
        }
        if (isMoreWanted && withTheServer == 0 && !isLast) {
            context.read(); // the server would, but has heard nothing of these requests
        }
        isMoreWanted = false;
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        behind.forEach(ReferenceCountUtil::release);
        behind.clear();
        context.fireChannelInactive();
    }

    // ── what is answered later ──────────────────────────────────────────────────────────────────

    protected void setBusy(ChannelHandlerContext context, boolean isBusy) {
        this.isBusy = isBusy;
        context.channel().attr(IdleConnections.IS_USED).set(isBusy);
    }

    /** On any thread; mostly it is the connection's own already. */
    protected void later(ChannelHandlerContext context, Runnable end) {
        if (context.executor().inEventLoop() && !isAsking) {
            end.run();
        } else {
            context.executor().execute(end);
        }
    }

    protected void hasEnded(ChannelHandlerContext context) {
        setBusy(context, false);
        while (!isBusy && !behind.isEmpty()) {
            take(context, behind.remove());
        }
        channelReadComplete(context);
    }

    // ── answers ─────────────────────────────────────────────────────────────────────────────────

    protected void send(
            ChannelHandlerContext context, HttpRequest request, FullHttpResponse answer) {
        isLast = isStopping() || !HttpUtil.isKeepAlive(request);
        boolean isOld = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        if (isLast || isOld) {
            HttpUtil.setKeepAlive(answer.headers(), request.protocolVersion(), !isLast);
        }
        writeLast(context, answer);
    }

    protected void writeLast(ChannelHandlerContext context, LastHttpContent last) {
        if (isLast) {
            context.write(last).addListener(ChannelFutureListener.CLOSE);
        } else {
            context.write(last, context.voidPromise());
        }
        isToBeFlushed = true;
        isMoreWanted = true;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (isEndOfAnswer(message)) {
            withTheServer--;
        }
        context.write(message, promise);
    }

    public static boolean isEndOfAnswer(Object message) {
        return message instanceof LastHttpContent && !isInterim(message);
    }

    /** Whether it says that another is to come. */
    protected static boolean isInterim(Object message) {
        return message instanceof HttpResponse answer
                && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }
}
