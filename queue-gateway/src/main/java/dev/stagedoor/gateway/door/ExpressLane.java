package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.StatusDocument;
import dev.stagedoor.gateway.door.Admitting.Admission;
import dev.stagedoor.gateway.door.Door.Answer;
import dev.stagedoor.gateway.gate.Decision;
import dev.stagedoor.gateway.line.Polling.Polled;
import dev.stagedoor.gateway.line.QueueCalls;
import dev.stagedoor.gateway.line.QueueCalls.Told;
import dev.stagedoor.gateway.page.Navigation;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.verdict.Verdict;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers polls and joins, nearly all requests of those who wait, and verdicts before the server
 * makes anything of them. Whatever the {@link Door} does not know at once, whatever comes behind a
 * request that is not answered yet, and whatever is asked by somebody who does not take in the
 * answers, goes on to the server, which keeps the order and waits.
 *
 * <p>A join is answered when Redis has answered. Until then nothing more is read, and what came
 * with it is kept.
 */
final class ExpressLane extends ChannelDuplexHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ExpressLane.class);

    private static final int LONGEST_BODY = 256;

    /** As our pages, and programs that write JSON without much ado, name a room. */
    private static final Pattern BODY =
            Pattern.compile("(?:\\{ *(?:\"room\" *: *\"([\\w-]*)\" *)?})?");

    private final OnEachConnection all;
    private final Door door;
    private final Answers answers;

    /** Requests that have gone on and are not answered. */
    private int underWay;

    /** A join of which the end is to come. */
    private @Nullable HttpRequest coming;

    private boolean isJoining;
    private boolean isAsking;

    /** What came behind a join that is not answered: no more than one read can hold. */
    private final Queue<Object> behind = new ArrayDeque<>(0);

    private boolean isAnswered;
    private boolean isLast;
    private boolean isToBeFlushed;

    private ExpressLane(OnEachConnection all) {
        this.all = all;
        this.door = all.door;
        this.answers = all.answers;
    }

    /** Behind all that guards a connection, as close to the server as can be. */
    @Component
    record OnEachConnection(
            Door door, Admitting admitting, QueueCalls calls, JoinsUnderWay joins, Answers answers)
            implements NettyServerCustomizer {

        @Override
        public HttpServer apply(HttpServer server) {
            return server.doOnChannelInit(
                    (_, channel, _) ->
                            channel.pipeline()
                                    .addBefore(
                                            NettyPipeline.HttpTrafficHandler,
                                            "express-lane",
                                            new ExpressLane(this)));
        }
    }

    // ── what comes in ───────────────────────────────────────────────────────────────────────────

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isJoining) {
            behind.add(message);
        } else {
            take(context, message);
        }
    }

    private void take(ChannelHandlerContext context, Object message) {
        if (coming != null) {
            endOfJoin(context, coming, message);
        } else if (message instanceof HttpRequest request && !isLast) {
            head(context, request);
        } else if (isAnswered || isLast) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private void head(ChannelHandlerContext context, HttpRequest request) {
        Channel channel = context.channel();
        if (underWay > 0 || !channel.isWritable() || isUnusual(request)) {
            goOn(context, request);
            return;
        }
        boolean isVerdict = Verdict.isAsked(channel);
        Caller caller = isVerdict ? Verdict.caller(request, channel) : new Caller(request, channel);
        if (!isVerdict && isShortJoin(request, caller)) {
            coming = request;
            return;
        }
        FullHttpResponse answer = hasBody(request) ? null : answer(request, caller, isVerdict);
        if (answer == null) {
            goOn(context, request);
        } else {
            isAnswered = true;
            send(context, request, answer);
        }
    }

    private void goOn(ChannelHandlerContext context, HttpRequest request) {
        coming = null;
        isAnswered = false;
        underWay++;
        context.fireChannelRead(request);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (coming != null) {
            goOn(context, coming); // the rest is late, and the server knows how to wait
        }
        if (isToBeFlushed) {
            isToBeFlushed = false;
            context.flush();
            readOn(context);
        }
        context.fireChannelReadComplete();
    }

    /** The server asks for more when it has answered, and has heard nothing of these requests. */
    private void readOn(ChannelHandlerContext context) {
        if (underWay == 0 && !isLast && !isJoining) {
            context.read();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        behind.forEach(ReferenceCountUtil::release);
        behind.clear();
        context.fireChannelInactive();
    }

    // ── joins ───────────────────────────────────────────────────────────────────────────────────

    private boolean isShortJoin(HttpRequest request, Caller caller) {
        return door.isJoin(caller)
                && (!hasBody(request) || isShortJson(request))
                && !door.isOfAnotherSite(caller)
                && door.known(caller).orElse(null) instanceof Answer.Routed;
    }

    private static boolean isShortJson(HttpRequest request) {
        long length = HttpUtil.getContentLength(request, 0L);
        return length == 0
                || length <= LONGEST_BODY
                        && HttpHeaderValues.APPLICATION_JSON.contentEqualsIgnoreCase(
                                request.headers().get(HttpHeaderNames.CONTENT_TYPE));
    }

    private void endOfJoin(ChannelHandlerContext context, HttpRequest join, Object message) {
        if (message instanceof LastHttpContent last && begins(context, join, last.content())) {
            last.release();
        } else {
            goOn(context, join);
            context.fireChannelRead(message);
        }
    }

    private boolean begins(ChannelHandlerContext context, HttpRequest join, ByteBuf body) {
        Matcher said = BODY.matcher(body.toString(StandardCharsets.ISO_8859_1));
        if (!said.matches() || !all.joins.begins()) {
            return false;
        }
        coming = null;
        isJoining = true;
        isAsking = true;
        all.calls
                .join(new Caller(join, context.channel()), said.group(1))
                .map(told -> answer(join, told))
                .onErrorResume(error -> Mono.just(failed(join, error)))
                .subscribe(answer -> hasJoined(context, join, answer));
        isAsking = false;
        return true;
    }

    private FullHttpResponse answer(HttpRequest join, Told told) {
        return switch (told) {
            case Told.Place(boolean fresh, StatusDocument document, var cookie) ->
                    answers.status(fresh ? 201 : 200, document, cookie);
            case Told.Refused(Problem problem) -> tell(join, problem);
        };
    }

    private FullHttpResponse failed(HttpRequest join, Throwable error) {
        LOG.error("{} {} failed", join.method(), join.uri(), error);
        return tell(join, Problem.of(ProblemCode.INTERNAL_ERROR));
    }

    /** Where all answers of a batch come together, it is the thread of the connection's own. */
    private void hasJoined(
            ChannelHandlerContext context, HttpRequest join, FullHttpResponse answer) {
        if (context.executor().inEventLoop() && !isAsking) {
            end(context, join, answer);
        } else {
            context.executor().execute(() -> end(context, join, answer));
        }
    }

    private void end(ChannelHandlerContext context, HttpRequest join, FullHttpResponse answer) {
        isJoining = false;
        if (context.channel().isActive()) {
            send(context, join, answer);
        }
        all.joins.hasEnded();
        while (!isJoining && !behind.isEmpty()) {
            take(context, behind.remove());
        }
        channelReadComplete(context);
    }

    // ── what is known ───────────────────────────────────────────────────────────────────────────

    private @Nullable FullHttpResponse answer(
            HttpRequest request, Caller caller, boolean isVerdict) {
        if (!isVerdict && !door.isPoll(caller) || door.isOfAnotherSite(caller)) {
            return null;
        }
        return switch (door.known(caller).orElse(null)) {
            case Answer.Told(Polled.Status(StatusDocument document)) ->
                    answers.status(200, document, Optional.empty());
            case Answer.Told(Polled.Refused(Problem problem)) -> tell(request, problem);
            case Answer.Gated(Decision.Passing passing) -> vouch(request, passing, caller);
            case Answer.Gated(Decision.Refusing refusing) -> refuse(request, refusing, caller);
            case null, default -> null;
        };
    }

    private @Nullable FullHttpResponse vouch(
            HttpRequest request, Decision.Passing passing, Caller caller) {
        Admission admission = all.admitting.known(passing, caller);
        if (admission != null) {
            door.count(passing);
        }
        return switch (admission) {
            case Admission.As as -> {
                as.end();
                yield Verdict.pass(as.pass());
            }
            case Admission.Refused(Problem problem) -> tell(request, problem);
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

    private static boolean isUnusual(HttpRequest request) {
        HttpHeaders headers = request.headers();
        return request.method().equals(HttpMethod.HEAD)
                || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || headers.contains(HttpHeaderNames.EXPECT)
                || headers.contains(HttpHeaderNames.UPGRADE);
    }

    private static boolean hasBody(HttpRequest request) {
        return request.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
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
