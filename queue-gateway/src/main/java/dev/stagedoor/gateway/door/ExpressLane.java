package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.StatusDocument;
import dev.stagedoor.gateway.door.Admitting.Vouched;
import dev.stagedoor.gateway.door.Door.Answer;
import dev.stagedoor.gateway.gate.Decision;
import dev.stagedoor.gateway.line.Polling.Polled;
import dev.stagedoor.gateway.page.Navigation;
import dev.stagedoor.gateway.verdict.Verdict;
import dev.stagedoor.gateway.visitor.Caller;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.stereotype.Component;

import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import java.util.Optional;

/**
 * Answers polls, nearly all requests of those who wait, and verdicts before the server makes
 * anything of them. Whatever the {@link Door} does not know at once, whatever comes behind a
 * request that is not answered yet, and whatever is asked by somebody who does not take in the
 * answers, goes on to the server, which keeps the order and waits.
 */
final class ExpressLane extends ChannelDuplexHandler {

    private final Door door;
    private final Admitting admitting;
    private final Answers answers;

    /** Requests that have gone on and are not answered. */
    private int underWay;

    private boolean isAnswered;
    private boolean isLast;
    private boolean isToBeFlushed;

    private ExpressLane(Door door, Admitting admitting, Answers answers) {
        this.door = door;
        this.admitting = admitting;
        this.answers = answers;
    }

    /** Behind all that guards a connection, as close to the server as can be. */
    @Component
    record OnEachConnection(Door door, Admitting admitting, Answers answers)
            implements NettyServerCustomizer {

        @Override
        public HttpServer apply(HttpServer server) {
            return server.doOnChannelInit(
                    (_, channel, _) ->
                            channel.pipeline()
                                    .addBefore(
                                            NettyPipeline.HttpTrafficHandler,
                                            "express-lane",
                                            new ExpressLane(door, admitting, answers)));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && !isLast) {
            FullHttpResponse answer = answer(context, request);
            isAnswered = answer != null;
            if (answer != null) {
                send(context, request, answer);
            } else {
                underWay++;
            }
        }
        if (isAnswered || isLast) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private @Nullable FullHttpResponse answer(ChannelHandlerContext context, HttpRequest request) {
        Channel channel = context.channel();
        if (underWay > 0 || !channel.isWritable() || mayHaveMore(request)) {
            return null;
        }
        boolean isVerdict = Verdict.isAsked(channel);
        Caller caller = isVerdict ? Verdict.caller(request, channel) : new Caller(request, channel);
        if (!isVerdict && !door.isPoll(caller) || door.isOfAnotherSite(caller)) {
            return null;
        }
        return switch (door.known(caller).orElse(null)) {
            case Answer.Told(Polled.Status(StatusDocument document)) -> answers.status(document);
            case Answer.Told(Polled.Refused(Problem problem)) -> tell(request, problem);
            case Answer.Gated(Decision.Passing passing) -> vouch(request, passing, caller);
            case Answer.Gated(Decision.Refusing refusing) -> refuse(request, refusing, caller);
            case null, default -> null;
        };
    }

    private @Nullable FullHttpResponse vouch(
            HttpRequest request, Decision.Passing passing, Caller caller) {
        Vouched vouched = admitting.vouch(passing, caller);
        if (vouched != null) {
            door.count(passing);
        }
        return switch (vouched) {
            case Vouched.For(Optional<String> pass) -> Verdict.pass(pass);
            case Vouched.Refused(Problem problem) -> tell(request, problem);
            case null -> null;
        };
    }

    private @Nullable FullHttpResponse refuse(
            HttpRequest request, Decision.Refusing refusing, Caller caller) {
        if (Navigation.isPageOfAPerson(caller)) {
            return null;
        }
        door.count(refusing);
        return tell(request, door.problem(refusing));
    }

    private FullHttpResponse tell(HttpRequest request, Problem problem) {
        return answers.problem(request.headers(), request.uri(), problem);
    }

    /** Than a head, and than a body in its answer. */
    private static boolean mayHaveMore(HttpRequest request) {
        HttpHeaders headers = request.headers();
        return request.method().equals(HttpMethod.HEAD)
                || headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || headers.contains(HttpHeaderNames.EXPECT)
                || headers.contains(HttpHeaderNames.UPGRADE);
    }

    private void send(ChannelHandlerContext context, HttpRequest request, FullHttpResponse answer) {
        isLast = !HttpUtil.isKeepAlive(request);
        boolean isOld = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        if (isLast || isOld) {
            HttpUtil.setKeepAlive(answer.headers(), request.protocolVersion(), !isLast);
        }
        if (isLast) {
            context.write(answer).addListener(ChannelFutureListener.CLOSE);
        } else {
            context.write(answer, context.voidPromise());
        }
        isToBeFlushed = true;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (isToBeFlushed) {
            isToBeFlushed = false;
            context.flush();
            readOn(context);
        }
        context.fireChannelReadComplete();
    }

    /** The server asks for more when it has answered, and has heard nothing of these requests. */
    private void readOn(ChannelHandlerContext context) {
        if (underWay == 0 && !isLast) {
            context.read();
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof LastHttpContent && !isInterim(message)) {
            underWay--;
        }
        context.write(message, promise);
    }

    private static boolean isInterim(Object message) {
        return message instanceof HttpResponse answer
                && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }
}
