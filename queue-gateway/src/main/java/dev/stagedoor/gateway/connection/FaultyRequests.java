package dev.stagedoor.gateway.connection;

import static dev.stagedoor.common.ProblemCode.HEAD_TOO_LARGE;
import static dev.stagedoor.common.ProblemCode.METHOD_NOT_ALLOWED;
import static dev.stagedoor.common.ProblemCode.MISDIRECTED_REQUEST;
import static dev.stagedoor.common.ProblemCode.URI_TOO_LONG;
import static dev.stagedoor.common.ProblemCode.VALIDATION_FAILED;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.connection.InTurn;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.request.Caller.Sender;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Refuses requests that could be read in two ways, before anybody has read them in one, and closes
 * the connection: where such a request ends, nobody knows. Those before it are answered first, but
 * for a stream of events, which ends. So are those that wait with hundreds of fields, which nobody
 * sends who means well. All that come after may rely on a path of this site, on one host, and on a
 * body with one length.
 */
final class FaultyRequests extends ChannelDuplexHandler {

    private static final Pattern PORT = Pattern.compile(":\\d*$");

    private static final String FOR_SOMEBODY = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /** Of requests that wait behind each other. */
    private static final int MOST_FIELDS = 4 * FewFields.MOST;

    private final Answers answers;
    private final Set<String> hosts;
    private boolean refused;

    /** How many fields each has that was let through and is not answered. */
    private final Queue<Integer> unanswered = new ArrayDeque<>(0);

    /** All of theirs. */
    private int fields;

    /** How the connection ends, when no more than so many are unanswered. */
    private @Nullable Runnable end;

    private int unansweredAtTheEnd;

    /** Whether a stream of events is told, for which nobody can wait. */
    private boolean isEndless;

    /** A client says the same each time, and whoever polls asks for the same. */
    private String soundHost = "";

    private String soundAddress = "/";

    /**
     * @param hosts that may be asked for, in small letters; any if empty
     */
    FaultyRequests(Answers answers, Set<String> hosts) {
        this.answers = answers;
        this.hosts = hosts;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            return;
        }
        switch (message) {
            case HttpRequest request -> arrived(context, request);
            case HttpContent part when part.decoderResult().isFailure() -> breakOff(context, part);
            default -> context.fireChannelRead(message);
        }
    }

    private void arrived(ChannelHandlerContext context, HttpRequest request) {
        int more = request.headers().size();
        Optional<ProblemCode> fault = fault(context, request);
        if (fault.isEmpty()) {
            unanswered.add(more);
            fields += more;
            context.fireChannelRead(request);
        } else {
            Problem problem = Problem.of(fault.get());
            end(context, 0, () -> LastWord.say(context, refusal(request, problem)));
            ReferenceCountUtil.release(request);
        }
    }

    private FullHttpResponse refusal(HttpRequest request, Problem problem) {
        FullHttpResponse refusal = answers.last(request.headers(), request.uri(), problem);
        if (problem.code() == METHOD_NOT_ALLOWED) {
            refusal.headers().set(HttpHeaderNames.ALLOW, FOR_SOMEBODY);
        }
        return refusal;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse answer) {
            isEndless = isStream(answer);
        }
        context.write(message, promise);
        if (InTurn.isEndOfAnswer(message)) {
            isEndless = false;
            hasBeenAnswered();
        }
        endInTurn(context);
    }

    private void hasBeenAnswered() {
        Integer less = unanswered.poll();
        fields -= less == null ? 0 : less;
    }

    private static boolean isStream(HttpResponse answer) {
        return answer.headers()
                .get(HttpHeaderNames.CONTENT_TYPE, "")
                .startsWith(HttpHeaderValues.TEXT_EVENT_STREAM.toString());
    }

    private void end(ChannelHandlerContext context, int unanswered, Runnable end) {
        refused = true;
        this.unansweredAtTheEnd = unanswered;
        this.end = end;
        endInTurn(context);
    }

    private void endInTurn(ChannelHandlerContext context) {
        Runnable now = end;
        if (now != null && unanswered.size() <= unansweredAtTheEnd) {
            end = null;
            now.run();
        } else if (now != null && isEndless) {
            end = null;
            context.flush().close();
        }
    }

    private Optional<ProblemCode> fault(ChannelHandlerContext context, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return Optional.of(
                    switch (request.decoderResult().cause()) {
                        case TooLongHttpLineException _ -> URI_TOO_LONG;
                        case TooLongHttpHeaderException _ -> HEAD_TOO_LARGE;
                        default -> VALIDATION_FAILED;
                    });
        }
        if (fields + request.headers().size() > MOST_FIELDS) {
            return Optional.of(HEAD_TOO_LARGE);
        }
        if (!isOfAKnownVersion(request) || !hasOneEnd(request) || !hasOneAddress(request)) {
            return Optional.of(VALIDATION_FAILED);
        }
        if (isForNobody(request.method())) {
            return Optional.of(METHOD_NOT_ALLOWED);
        }
        return isForAHostOfOurs(request) || Sender.SITE.hasSent(context.channel())
                ? Optional.empty()
                : Optional.of(MISDIRECTED_REQUEST);
    }

    /** What the host is called goes into links and to the upstream (host header injection). */
    private boolean isForAHostOfOurs(HttpRequest request) {
        if (hosts.isEmpty()) {
            return true;
        }
        String host = request.headers().get(HttpHeaderNames.HOST, "");
        return hosts.contains(PORT.matcher(host).replaceFirst("").toLowerCase(Locale.ROOT));
    }

    private static boolean isOfAKnownVersion(HttpRequest request) {
        HttpVersion version = request.protocolVersion();
        return version.majorVersion() == 1 && version.protocolName().equals("HTTP");
    }

    /** A tunnel is not ours to open, and an echo would show what only the upstream may see. */
    private static boolean isForNobody(HttpMethod method) {
        return method.equals(HttpMethod.CONNECT) || method.equals(HttpMethod.TRACE);
    }

    /** Two lengths are refused by the decoder, which could not go on. */
    private static boolean hasOneEnd(HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return true;
        }
        String coding = only(headers, HttpHeaderNames.TRANSFER_ENCODING);
        return HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding)
                && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                && request.protocolVersion().minorVersion() > 0;
    }

    private boolean hasOneAddress(HttpRequest request) {
        if (!hasOneHost(request)) {
            return false;
        }
        if (!request.uri().startsWith("/")) {
            takeApart(request);
        }
        String host = request.headers().get(HttpHeaderNames.HOST);
        return (host == null || isSound(host)) && isOfThisSite(request);
    }

    private boolean isOfThisSite(HttpRequest request) {
        if (request.uri().equals(soundAddress)) {
            return true;
        }
        if (Addresses.isOfThisSite(request.uri())) {
            soundAddress = request.uri();
            return true;
        }
        request.setUri(Addresses.encoded(request.uri()));
        return Addresses.isOfThisSite(request.uri());
    }

    /** Older clients need not name any. */
    private static boolean hasOneHost(HttpRequest request) {
        HttpHeaders headers = request.headers();
        return headers.contains(HttpHeaderNames.HOST)
                ? only(headers, HttpHeaderNames.HOST) != null
                : request.protocolVersion().minorVersion() == 0;
    }

    /** Whoever writes the host into the address itself means that one, and no other. */
    private static void takeApart(HttpRequest request) {
        Matcher whole = Addresses.whole(request.uri());
        if (whole.matches()) {
            String ours = whole.group(2);
            request.headers().set(HttpHeaderNames.HOST, whole.group(1));
            request.setUri(ours.startsWith("/") ? ours : "/" + ours);
        }
    }

    private boolean isSound(String host) {
        if (!host.equals(soundHost)) {
            if (!Addresses.isHost(host)) {
                return false;
            }
            soundHost = host;
        }
        return true;
    }

    private static @Nullable String only(HttpHeaders headers, CharSequence name) {
        Iterator<String> values = headers.valueStringIterator(name);
        String first = values.hasNext() ? values.next() : null;
        return values.hasNext() ? null : first;
    }

    /** Half a body must not look like a whole one: the request ends with the connection. */
    private void breakOff(ChannelHandlerContext context, HttpContent part) {
        ReferenceCountUtil.release(part);
        if (unanswered.size() == 1
                && ChannelOperations.get(context.channel()) instanceof HttpServerRequest request
                && request instanceof HttpServerResponse response
                && !response.hasSentHeaders()) {
            refused = true;
            Problem problem = Problem.of(VALIDATION_FAILED);
            context.writeAndFlush(answers.last(request.requestHeaders(), request.uri(), problem))
                    .addListener(ChannelFutureListener.CLOSE);
        } else {
            end(context, 1, () -> context.flush().close());
        }
    }
}
