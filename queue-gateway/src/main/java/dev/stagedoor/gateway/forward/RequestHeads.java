package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.gateway.upstream.Origin;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;

import org.jspecify.annotations.Nullable;

import reactor.netty.http.server.HttpServerRequest;

import java.net.InetSocketAddress;
import java.util.Optional;

/** What the upstream is told of a request: what the visitor said, and what only we may say. */
final class RequestHeads {

    private static final String FORWARDED_FOR = "X-Forwarded-For";

    /** Whatever is copied into them has been looked at when it was read. */
    private static final HttpHeadersFactory AS_READ =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private final TrustedProxies proxies;

    RequestHeads(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    HttpHeaders write(
            HttpServerRequest request, Origin origin, Optional<String> pass, String traceparent) {
        InetSocketAddress peer = request.remoteAddress();
        HttpHeaders headers = AS_READ.newHeaders();
        headers.set(HttpHeaderNames.HOST, origin.host());
        HopByHop.copyToUpstream(request.requestHeaders(), headers, proxies.includes(peer));
        if (isChunked(request)) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        pass.ifPresent(token -> headers.set(Headers.PASS, token));
        if (peer != null) {
            headers.set(Headers.CLIENT, client(headers, peer));
            headers.set(FORWARDED_FOR, hops(headers, peer));
        }
        setIfAbsent(headers, TrustedProxies.PROTO, request.scheme());
        setIfAbsent(
                headers, "X-Forwarded-Host", request.requestHeaders().get(HttpHeaderNames.HOST));
        headers.set(TraceId.HEADER, traceparent);
        return headers;
    }

    /** Of earlier hops only what is believed has been copied. */
    private String client(HttpHeaders headers, InetSocketAddress peer) {
        return proxies.client(peer.getAddress(), headers.getAll(FORWARDED_FOR)).getHostAddress();
    }

    /** What to ask the upstream for. Anything but a path would be asked of somebody else. */
    static String target(HttpServerRequest request) {
        if (!request.uri().startsWith("/")) {
            throw new IllegalArgumentException("not a path: " + request.uri());
        }
        return request.uri();
    }

    static boolean isChunked(HttpServerRequest request) {
        return request.requestHeaders().contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    static void setIfAbsent(HttpHeaders headers, String name, @Nullable String value) {
        if (value != null && !headers.contains(name)) {
            headers.set(name, value);
        }
    }

    /** Of several lines the last are the nearest proxies' own. */
    private static String hops(HttpHeaders headers, InetSocketAddress peer) {
        String address = peer.getAddress().getHostAddress();
        return headers.contains(FORWARDED_FOR)
                ? String.join(", ", headers.getAll(FORWARDED_FOR)) + ", " + address
                : address;
    }
}
