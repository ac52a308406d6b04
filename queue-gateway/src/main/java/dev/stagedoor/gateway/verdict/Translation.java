package dev.stagedoor.gateway.verdict;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.Caller.Sender;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * Puts a proxy's question into the form of the request that it is about, and the answer into the
 * form that the proxy understands. Stands next to the codec: whoever comes behind sees a request of
 * the public. Fails closed: only what says that it lets pass has a status that does.
 */
final class Translation extends ChannelDuplexHandler {

    private final Answers answers;
    private final QueueAddresses addresses;

    private @Nullable Dialect asked;
    private boolean isHead;
    private boolean isBusy;
    private boolean isSilenced;
    private String site = "";

    Translation(Answers answers, QueueAddresses addresses) {
        this.answers = answers;
        this.addresses = addresses;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HttpRequest request)) {
            context.fireChannelRead(message);
        } else if (isBusy) {
            context.close(); // no proxy asks before it was answered
        } else {
            isBusy = true;
            ask(context, request);
        }
    }

    private void ask(ChannelHandlerContext context, HttpRequest request) {
        asked = Dialect.of(request.uri()).orElse(null);
        (asked == null ? Sender.SITE : Sender.PROXY).sends(context.channel());
        // what is told at the queue's own addresses is no verdict
        if (asked != null && (!asked.put(request) || addresses.isOwn(request.uri()))) {
            refuse(context, request);
            return;
        }
        HttpHeaders headers = request.headers();
        isHead = asked != Dialect.ENVOY && HttpMethod.HEAD.equals(request.method());
        site =
                (Verdict.isSecure(headers) ? "https://" : "http://")
                        + headers.get(HttpHeaderNames.HOST, "");
        context.fireChannelRead(request);
    }

    private void refuse(ChannelHandlerContext context, HttpRequest request) {
        ChannelPromise told = context.newPromise();
        told.addListener(ChannelFutureListener.CLOSE);
        write(
                context,
                answers.last(
                        request.headers(),
                        request.uri(),
                        Problem.of(ProblemCode.MISDIRECTED_REQUEST)),
                told);
        context.flush();
        ReferenceCountUtil.release(request);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean isLast = message instanceof LastHttpContent;
        if (isSilenced) {
            ReferenceCountUtil.release(message);
            promise.setSuccess();
        } else if (message instanceof HttpResponse answer && asked != null) {
            answer(context, answer, promise);
        } else {
            context.write(message, promise);
        }
        if (isLast) {
            isBusy = false;
            isSilenced = false;
        }
    }

    private void answer(
            ChannelHandlerContext context, HttpResponse answer, ChannelPromise promise) {
        boolean passes = answer.headers().contains(Verdict.HEADER);
        if (asked == Dialect.NGINX && !passes) {
            ReferenceCountUtil.release(answer);
            isSilenced = true;
            context.write(bare401(HttpUtil.isKeepAlive(answer)), promise);
            return;
        }
        if (asked == Dialect.FORWARD) {
            makeLocationWhole(answer.headers());
        }
        if (passes && !answer.headers().contains(Headers.PASS)) {
            overwriteWhatAClientSends(answer.headers());
        }
        if (!passes) {
            answer.setStatus(refusal(answer));
        }
        if (isHead) {
            answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        }
        context.write(answer, promise);
    }

    /** A page is 202 to the public, which is as good as a pass here. */
    private HttpResponseStatus refusal(HttpResponse answer) {
        int status = answer.status().code();
        if (status < 300) {
            return HttpResponseStatus.TOO_MANY_REQUESTS;
        }
        if (asked == Dialect.ENVOY && status >= 500) {
            return answer.headers().contains(HttpHeaderNames.RETRY_AFTER)
                    ? HttpResponseStatus.TOO_MANY_REQUESTS
                    : HttpResponseStatus.FORBIDDEN;
        }
        return answer.status();
    }

    /** Some read it as one of our own. */
    private void makeLocationWhole(HttpHeaders headers) {
        String location = headers.get(HttpHeaderNames.LOCATION);
        if (location != null) {
            headers.set(HttpHeaderNames.LOCATION, site + location);
        }
    }

    /** A header that does not come is copied by nobody. */
    private void overwriteWhatAClientSends(HttpHeaders headers) {
        if (asked == Dialect.ENVOY) {
            headers.set("X-Envoy-Auth-Headers-To-Remove", Headers.PASS);
        } else {
            headers.set(Headers.PASS, "");
        }
    }

    private static DefaultFullHttpResponse bare401(boolean isKeptAlive) {
        DefaultFullHttpResponse refusal =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.UNAUTHORIZED,
                        Unpooled.EMPTY_BUFFER);
        refusal.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        HttpUtil.setKeepAlive(refusal, isKeptAlive);
        return refusal;
    }

    /** How a proxy tells what it asks about. */
    enum Dialect {
        /** {@code auth_request}: understands 2xx and 401, and takes no body. */
        NGINX("/verdict/nginx"),
        /** Caddy and Traefik: any answer but 2xx goes to the visitor as it is. */
        FORWARD("/verdict/forward"),
        /** {@code ext_authz} over HTTP: 5xx is a failure of ours, which some let pass. */
        ENVOY("/verdict/envoy");

        private static final String ORIGINAL_METHOD = "X-Original-Method";
        private static final String ORIGINAL_URI = "X-Original-URI";
        private static final String FORWARDED_METHOD = "X-Forwarded-Method";
        private static final String FORWARDED_URI = "X-Forwarded-Uri";
        private static final String FORWARDED_HOST = "X-Forwarded-Host";

        private final String address;

        Dialect(String address) {
            this.address = address;
        }

        /** By the address that is asked; some leave the visitor's query behind it. */
        static Optional<Dialect> of(String uri) {
            String path = Caller.pathOf(uri);
            for (Dialect dialect : values()) {
                if (path.equals(dialect.address)
                        || dialect == ENVOY && path.startsWith(dialect.address + "/")) {
                    return Optional.of(dialect);
                }
            }
            return Optional.empty();
        }

        /** Makes the question the request that it is about; whether the proxy has told enough. */
        boolean put(HttpRequest question) {
            return switch (this) {
                case NGINX -> {
                    // Nobody sees what is answered: it is no page, and takes no place.
                    question.headers().remove(HttpHeaderNames.ACCEPT);
                    yield put(question, ORIGINAL_METHOD, ORIGINAL_URI);
                }
                case FORWARD -> {
                    String host = question.headers().get(FORWARDED_HOST);
                    if (host != null) {
                        question.headers().set(HttpHeaderNames.HOST, host);
                    }
                    yield put(question, FORWARDED_METHOD, FORWARDED_URI);
                }
                case ENVOY -> {
                    question.setUri(question.uri().substring(address.length()));
                    yield true;
                }
            };
        }

        private static boolean put(HttpRequest question, String method, String uri) {
            HttpHeaders headers = question.headers();
            if (headers.getAll(method).size() != 1 || headers.getAll(uri).size() != 1) {
                return false;
            }
            try {
                question.setMethod(HttpMethod.valueOf(headers.get(method)));
                question.setUri(headers.get(uri));
                return question.uri().startsWith("/"); // what names a host would choose the room
            } catch (IllegalArgumentException _) {
                return false; // what can stand in no first line
            }
        }
    }
}
