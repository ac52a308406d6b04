package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Desk;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.SaleSettings;
import dev.stagedoor.booking.web.WebMeters.Act;
import dev.stagedoor.boot.PassGuard;
import dev.stagedoor.boot.PassGuard.Verdict.Vouched;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.connection.InTurn;
import dev.stagedoor.common.tracing.TracingProperties;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.netty.http.server.HttpServer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Of a thousand who want one seat all but one, and of six hundred wishes of one user all but the
 * first: they are refused for what this instance knows at that moment, in the words that the
 * framework would find; and so is whoever is one too many in a {@link Rush}. Who is not certainly
 * one of them, or says it in another way than most programs do, is left to it; so is whatever comes
 * behind a request that is not answered yet, and whatever is asked by somebody who does not take in
 * the answers: the server keeps the order and waits.
 */
@Component
record Losers(
        PassGuard guard,
        Desk desk,
        Sale sale,
        SaleSettings settings,
        Rush rush,
        TracingProperties tracing,
        WebMeters meters,
        ProblemDocuments documents) {

    private static final String HOLDS = "/api/v1/reservations";
    private static final int LONGEST_WISH = 256;
    private static final int LONGEST_UNREAD = 4_096;
    private static final int MOST_SECONDS = 5;

    private static final Pattern WISH =
            Pattern.compile(
                    " *\\{ *\"scheduleId\" *: *([1-9]\\d{0,17}) *, *\"seatNumbers\" *:"
                            + " *\\[ *(\\d[\\d, ]*)] *} *");
    private static final Pattern COMMA = Pattern.compile(" *, *");
    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,8}");

    /** Nothing in them was written by anybody else. */
    private static final HttpHeadersFactory OURS =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    /** Before the server makes anything of their requests. */
    HttpServer told(HttpServer server) {
        return InTurn.before(server, Lane::new);
    }

    /** By its head. With traces on, the framework tells of every request. */
    private boolean mayBe(HttpRequest request) {
        HttpHeaders headers = request.headers();
        return request.method().equals(HttpMethod.POST)
                && request.uri().equals(HOLDS)
                && !tracing.enabled()
                && isUsual(request, LONGEST_WISH)
                && isJson(headers.getAll(HttpHeaderNames.CONTENT_TYPE));
    }

    private static boolean isUsual(HttpRequest request, int longestBody) {
        HttpHeaders headers = request.headers();
        return request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && request.decoderResult().isSuccess()
                && HttpUtil.getContentLength(request, 0L) <= longestBody
                && headers.contains(HttpHeaderNames.HOST)
                && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                && !headers.contains(HttpHeaderNames.EXPECT)
                && !headers.contains(HttpHeaderNames.UPGRADE);
    }

    private static boolean isJson(List<String> types) {
        return types.size() == 1
                && HttpHeaderValues.APPLICATION_JSON.contentEqualsIgnoreCase(types.getFirst());
    }

    /**
     * Null if it has to be looked at more closely. What a user's other write says comes first, as
     * it does at the {@link Desk}.
     */
    private @Nullable FullHttpResponse tell(HttpRequest request, ByteBuf body) {
        long begun = System.nanoTime();
        HttpHeaders headers = request.headers();
        Matcher wish = WISH.matcher(body.toString(StandardCharsets.ISO_8859_1));
        SortedSet<Integer> seats = wish.matches() ? seats(wish.group(2)) : null;
        if (seats == null) {
            return null;
        }
        ScheduleId show = new ScheduleId(Long.parseLong(wish.group(1)));
        String key = SaleController.key(headers.getAll(SaleController.KEY));
        if (desk.isFree() && !sale.areInHand(show, seats, null) // before a signature is looked at
                || !SaleController.isKeyOrNone(key)
                || !(guard.check("POST", HOLDS, headers.getAll(Headers.PASS))
                        instanceof Vouched(var visitor))) {
            return null;
        }
        Problem problem = desk.refusal(visitor.user(), key);
        if (problem == null && sale.areInHand(show, seats, visitor.user())) {
            problem = sale.contended();
        }
        if (problem == null) {
            return null;
        }
        meters.refused(Act.HOLD, problem.code(), begun);
        return answer(problem, request);
    }

    /** Null if they are not as many different ones as may be held at once. */
    private @Nullable SortedSet<Integer> seats(String text) {
        String[] numbers = COMMA.split(text.stripTrailing(), -1);
        SortedSet<Integer> seats = new TreeSet<>();
        for (String number : numbers) {
            if (!NUMBER.matcher(number).matches() || !seats.add(Integer.valueOf(number))) {
                return null;
            }
        }
        return seats.size() <= settings.seatsPerReservation() ? seats : null;
    }

    /** They do not all come again at once. */
    private FullHttpResponse busy(HttpRequest request) {
        Duration wait = Duration.ofSeconds(ThreadLocalRandom.current().nextInt(MOST_SECONDS) + 1);
        meters.problem(ProblemCode.BOOKING_BUSY);
        return answer(Problem.of(ProblemCode.BOOKING_BUSY).retryAfter(wait), request);
    }

    private FullHttpResponse answer(Problem problem, HttpRequest request) {
        byte[] document =
                documents.write(
                        problem,
                        request.headers().get(HttpHeaderNames.ACCEPT_LANGUAGE),
                        request.uri(),
                        TraceId.of(request.headers().get(TraceId.HEADER)));
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(problem.status()),
                        Unpooled.wrappedBuffer(document),
                        OURS,
                        OURS);
        response.headers()
                .set("X-Content-Type-Options", "nosniff")
                .set("Content-Type", ProblemDocuments.MEDIA_TYPE)
                .set("Content-Length", document.length)
                .set("Cache-Control", "no-store")
                .set("Vary", "Accept-Language")
                .set("Retry-After", problem.retryAfterSeconds());
        return response;
    }

    /** Of one connection. */
    final class Lane extends InTurn {

        /** A wish of which the body is to come. */
        private @Nullable HttpRequest coming;

        /** What is one too many, and has not been heard out. */
        private @Nullable HttpRequest refused;

        /** Whether the latest request of the server is to be counted, once all of it is there. */
        private boolean isToBeCounted;

        /** Whether what the server has is counted among what is under way. */
        private boolean isUnderWay;

        @Override
        protected void take(ChannelHandlerContext context, Object message) {
            if (isLast) {
                ReferenceCountUtil.release(message);
            } else if (refused != null) {
                refuse(context, refused, message);
            } else if (coming != null) {
                end(context, coming, message);
            } else if (!(message instanceof HttpRequest request)) {
                handOn(context, message);
            } else if (isWithTheServer() || !context.channel().isWritable()) {
                goOn(context, request);
            } else if (rush.isTooMuchFor(request) && isUsual(request, LONGEST_UNREAD)) {
                refused = request;
            } else if (mayBe(request)) {
                coming = request;
            } else {
                goOn(context, request);
            }
        }

        private void refuse(ChannelHandlerContext context, HttpRequest request, Object message) {
            if (message instanceof LastHttpContent) {
                refused = null;
                send(context, request, busy(request));
            }
            ReferenceCountUtil.release(message);
        }

        private void end(ChannelHandlerContext context, HttpRequest wish, Object message) {
            coming = null;
            FullHttpResponse answer =
                    message instanceof LastHttpContent last ? tell(wish, last.content()) : null;
            if (answer == null) {
                goOn(context, wish);
                handOn(context, message);
            } else {
                ReferenceCountUtil.release(message);
                send(context, wish, answer);
            }
        }

        /** What comes behind another waits for that: nobody can make many of one. */
        @Override
        protected void goOn(ChannelHandlerContext context, HttpRequest request) {
            isToBeCounted = !isWithTheServer();
            super.goOn(context, request);
        }

        private void handOn(ChannelHandlerContext context, Object message) {
            if (message instanceof LastHttpContent && isToBeCounted) {
                isToBeCounted = false;
                isUnderWay = true;
                rush.begin();
            }
            context.fireChannelRead(message);
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (message instanceof HttpResponse && !isInterim(message)) {
                isToBeCounted = false;
                if (isUnderWay) {
                    isUnderWay = false;
                    rush.end();
                }
            }
            super.write(context, message, promise);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            isMoreWanted |= coming != null || refused != null;
            super.channelReadComplete(context);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (isUnderWay) {
                isUnderWay = false;
                rush.leave();
            }
            super.channelInactive(context);
        }
    }
}
