package dev.stagedoor.gateway.verdict;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.IpAddress;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.TrustedProxies;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** What a proxy is told that asks about a request. */
public final class Verdict {

    /** Only on what lets pass: an answer without it does not, whatever its status. */
    static final String HEADER = "Stagedoor-Verdict";

    private Verdict() {}

    /** Of whoever it is about, by the word of the proxy, whose own is the last one of several. */
    public static Caller caller(HttpRequest question, Channel channel) {
        HttpHeaders headers = question.headers();
        InetSocketAddress proxy =
                channel.remoteAddress() instanceof InetSocketAddress it ? it : null;
        InetSocketAddress visitor = visitor(headers);
        return new Caller(
                question,
                channel,
                isSecure(headers) ? "https" : "http",
                visitor == null ? proxy : visitor);
    }

    static boolean isSecure(HttpHeaders question) {
        return TrustedProxies.isHttps(question.get(TrustedProxies.PROTO));
    }

    static @Nullable InetSocketAddress visitor(HttpHeaders question) {
        List<String> lines = question.getAll("X-Forwarded-For");
        String last = lines.isEmpty() ? "" : lines.getLast();
        InetAddress visitor = IpAddress.read(last.substring(last.lastIndexOf(',') + 1).strip());
        return visitor == null ? null : new InetSocketAddress(visitor, 0);
    }

    public static FullHttpResponse pass(Optional<String> pass) {
        FullHttpResponse answer =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
        answer.headers()
                .set(HEADER, "pass")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONTENT_LENGTH, "0");
        pass.ifPresent(token -> answer.headers().set(Headers.PASS, token));
        return answer;
    }
}
