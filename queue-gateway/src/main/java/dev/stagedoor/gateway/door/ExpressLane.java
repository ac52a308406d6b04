package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.Running;
import dev.stagedoor.common.connection.InTurn;
import dev.stagedoor.common.connection.LastAnswers;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Decision;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.door.Admitting.Admission;
import dev.stagedoor.gateway.door.Door.Answer;
import dev.stagedoor.gateway.door.Door.Left;
import dev.stagedoor.gateway.forward.UpstreamForwarder.Begun;
import dev.stagedoor.gateway.line.EventStream;
import dev.stagedoor.gateway.line.Joining;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.line.QueueEvents;
import dev.stagedoor.gateway.line.QueueEvents.Outcome;
import dev.stagedoor.gateway.page.Navigation;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.Caller.Sender;
import dev.stagedoor.gateway.upstream.Origin;
import dev.stagedoor.gateway.verdict.Verdict;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Answers polls, joins, streams, verdicts, refusals, and those whose requests are short ones to the
 * upstream and back, before the server makes anything of them. Whatever the {@link Door} does not
 * know at once, whatever comes behind a request that the server has not answered yet, and whatever
 * is asked by somebody who does not take in the answers, goes on to the server, which keeps the
 * order and waits.
 *
 * <p>A join is answered when Redis has answered, a request to the upstream when that has, and a
 * stream until it ends. Until then what comes behind is kept: no more than one read can hold.
 */
final class ExpressLane extends InTurn {

    private final OnEachConnection all;

    /** A join of which the end is to come. */
    private @Nullable Asked coming;

    /** What has gone to the upstream. */
    private @Nullable Begun begun;

    /** What is told on, until it ends. */
    private @Nullable EventStream stream;

    private ExpressLane(OnEachConnection all) {
        this.all = all;
    }

    @Component
    record OnEachConnection(
            Door door,
            QueueAddresses addresses,
            Admitting admitting,
            Carrying carrying,
            Joining joining,
            QueueEvents events,
            UnderWay underWay,
            Answers answers)
            implements NettyServerCustomizer {

        @Override
        public HttpServer apply(HttpServer server) {
            return LastAnswers.said(
                    before(server, () -> new ExpressLane(this)), _ -> !underWay.isRunning());
        }
    }

    @Override
    protected boolean isStopping() {
        return !all.underWay.isRunning();
    }

    // ── what comes in ───────────────────────────────────────────────────────────────────────────

    @Override
    protected void take(ChannelHandlerContext context, Object message) {
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
        if (isWithTheServer()
                || !context.channel().isWritable()
                || isUnusual(request)
                || Sender.SITE.hasSent(context.channel())) {
            goOn(context, request);
            return;
        }
        boolean isVerdict = Sender.PROXY.hasSent(context.channel());
        Caller caller =
                isVerdict
                        ? Verdict.caller(request, context.channel())
                        : new Caller(request, context.channel());
        Asked asked = new Asked(request, caller, isVerdict);
        if (all.door.isOfAnotherSite(caller)) {
            goOn(context, request);
        } else if (isShortJoin(asked)) {
            coming = asked;
        } else if (request.headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
            goOn(context, request);
        } else {
            isAnswered = true;
            carryOut(context, asked);
        }
    }

    private static boolean isUnusual(HttpRequest request) {
        HttpHeaders headers = request.headers();
        return request.method().equals(HttpMethod.HEAD)
                || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || headers.contains(HttpHeaderNames.EXPECT)
                || headers.contains(HttpHeaderNames.UPGRADE);
    }

    private boolean isShortJoin(Asked asked) {
        return !asked.isVerdict()
                && asked.caller().asks(HttpMethod.POST, all.addresses.tokens())
                && Joining.mayBeShort(asked.caller())
                && !all.door.isMisdirected(asked.caller());
    }

    private void carryOut(ChannelHandlerContext context, Asked asked) {
        Answer known = all.door.known(asked.caller()).orElse(null);
        switch (known) {
            case Answer.Told(FullHttpResponse answer) -> send(context, asked.request(), answer);
            case Answer.Gated(Decision.Passing passing) -> pass(context, asked, passing);
            case Answer.Gated(Decision.Refusing refusing)
                    when !Navigation.isPageOfAPerson(asked.caller()) -> {
                all.door.count(refusing);
                tell(context, asked, Refusals.of(refusing));
            }
            case Answer.Routed _
                    when !asked.isVerdict()
                            && asked.caller().asks(HttpMethod.GET, all.addresses.events()) ->
                    find(context, asked);
            case null -> goOn(context, asked.request());
            default -> goOn(context, asked.request(), new Left.Known(known));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (begun != null) {
            begun.leave();
            begun = null;
            all.underWay.hasEnded();
        }
        if (stream != null) {
            stream.hasGone();
            stream = null;
            all.underWay.hasEnded();
        }
        if (Left.take(context.channel()) instanceof Left.Begun(Begun left)) {
            left.leave(); // the server has never come to it
        }
        super.channelInactive(context);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (coming != null) {
            goOn(context, comes().request()); // the rest is late, and the server can wait
        }
        super.channelReadComplete(context);
    }

    private void goOn(ChannelHandlerContext context, HttpRequest request, Left left) {
        Left.leave(context.channel(), left);
        goOn(context, request);
    }

    @Override
    protected void hasEnded(ChannelHandlerContext context) {
        super.hasEnded(context);
        all.underWay.hasEnded();
    }

    // ── joins ───────────────────────────────────────────────────────────────────────────────────

    private Asked comes() {
        Asked join = Objects.requireNonNull(coming);
        coming = null;
        return join;
    }

    private void endOfJoin(ChannelHandlerContext context, Asked join, Object message) {
        Mono<FullHttpResponse> joining =
                message instanceof LastHttpContent last
                        ? all.joining.answer(join.caller(), last.content())
                        : null;
        comes();
        if (joining == null || !all.underWay.begins()) {
            goOn(context, join.request());
            context.fireChannelRead(message);
            return;
        }
        ReferenceCountUtil.release(message);
        setBusy(context, true);
        isAsking = true;
        joining.subscribe(answer -> later(context, () -> hasJoined(context, join, answer)));
        isAsking = false;
    }

    private void hasJoined(ChannelHandlerContext context, Asked join, FullHttpResponse answer) {
        if (context.channel().isActive()) {
            send(context, join.request(), answer);
        }
        hasEnded(context);
    }

    // ── who passes ──────────────────────────────────────────────────────────────────────────────

    private void pass(ChannelHandlerContext context, Asked asked, Decision.Passing passing) {
        Origin origin = asked.isVerdict() ? null : all.carrying.origin(passing);
        boolean isUnderWay = origin != null && all.underWay.begins();
        switch (asked.isVerdict() || isUnderWay ? admission(asked, passing) : null) {
            case Admission.As as when isUnderWay -> {
                setOut(context, asked, all.carrying.begin(origin, as, asked.caller()));
                return;
            }
            case Admission.As as -> {
                as.end();
                send(context, asked.request(), Verdict.pass(as.pass().map(Supplier::get)));
            }
            case Admission.Refused(Problem problem) -> refuse(context, asked, problem);
            case null -> goOn(context, asked.request(), new Left.Known(new Answer.Gated(passing)));
        }
        if (isUnderWay) {
            all.underWay.hasEnded();
        }
    }

    private @Nullable Admission admission(Asked asked, Decision.Passing passing) {
        Admission admission = all.admitting.known(passing, asked.caller());
        if (admission != null) {
            all.door.count(passing);
        }
        return admission;
    }

    private void setOut(ChannelHandlerContext context, Asked asked, Begun begun) {
        this.begun = begun;
        isMoreWanted = true; // to hear of a client that hangs up
        setBusy(context, true);
        isAsking = true;
        begun.ask(() -> later(context, () -> comesBack(context, asked, begun)));
        isAsking = false;
    }

    /** Whatever is no short answer, the server goes on with. */
    private void comesBack(ChannelHandlerContext context, Asked asked, Begun begun) {
        if (this.begun != begun) {
            return;
        }
        this.begun = null;
        FullHttpResponse answer = all.carrying.answer(begun);
        if (answer == null) {
            goOn(context, asked.request(), new Left.Begun(begun));
            context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        } else {
            send(context, asked.request(), answer);
        }
        hasEnded(context);
    }

    // ── streams ─────────────────────────────────────────────────────────────────────────────────

    private void find(ChannelHandlerContext context, Asked asked) {
        if (!all.underWay.begins()) {
            goOn(context, asked.request());
            return;
        }
        isMoreWanted = true; // to hear of a client that hangs up
        setBusy(context, true);
        isAsking = true;
        all.events
                .find(asked.caller())
                .subscribe(found -> later(context, () -> hasFound(context, asked, found)));
        isAsking = false;
    }

    private void hasFound(ChannelHandlerContext context, Asked asked, Outcome found) {
        switch (context.channel().isActive() ? all.events.begin(found) : null) {
            case EventStream begun -> {
                stream = begun;
                isLast = OpenAnswer.isLast(asked.request());
                begun.open(OpenAnswer.begin(asked.request(), context, this::hasBeenTold));
            }
            case QueueEvents.Refused(Problem problem) -> {
                tell(context, asked, problem);
                hasEnded(context);
            }
            case null -> hasEnded(context);
        }
    }

    private void hasBeenTold(ChannelHandlerContext context) {
        stream = null;
        writeLast(context, LastHttpContent.EMPTY_LAST_CONTENT);
        hasEnded(context);
    }

    // ── answers ─────────────────────────────────────────────────────────────────────────────────

    private void refuse(ChannelHandlerContext context, Asked asked, Problem problem) {
        if (Navigation.isPageOfAPerson(asked.caller())) {
            goOn(context, asked.request(), new Left.Refused(problem));
        } else {
            tell(context, asked, problem);
        }
    }

    private void tell(ChannelHandlerContext context, Asked asked, Problem problem) {
        send(context, asked.request(), all.answers.problem(asked.caller(), problem));
    }

    private record Asked(HttpRequest request, Caller caller, boolean isVerdict) {}

    /**
     * What was begun here and has not ended. A gateway that stops waits for it before its server,
     * which knows nothing of it, closes the connections; whoever comes from then on goes to the
     * server, which waits for its own.
     */
    @Component
    static final class UnderWay extends Running {

        private static final Runnable NOBODY_WAITS = () -> {};

        /** And one more until the gateway stops. */
        final AtomicInteger count = new AtomicInteger();

        private volatile Runnable whenNoneIs = NOBODY_WAITS;

        /** Whether one more may begin; to be ended if so. */
        boolean begins() {
            return isRunning() && count.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
        }

        void hasEnded() {
            if (count.decrementAndGet() == 0) {
                whenNoneIs.run();
            }
        }

        @Override
        public void start() {
            count.incrementAndGet();
            super.start();
        }

        @Override
        public void stop(Runnable whenNoneIs) {
            this.whenNoneIs = whenNoneIs;
            super.stop();
            hasEnded();
        }

        @Override
        public void stop() {
            stop(NOBODY_WAITS);
        }
    }
}
