package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.TraceId;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;

import org.jspecify.annotations.Nullable;

import reactor.netty.http.server.HttpServerRequest;

import java.net.InetSocketAddress;
import java.util.Optional;

/** What the upstream is told of a request: what the visitor said, and what only we may say. */
final class RequestHeads {

    private static final String FORWARDED_FOR = "X-Forwarded-For";

    private final TrustedProxies proxies;

    RequestHeads(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    void write(
            HttpServerRequest request,
            HttpHeaders headers,
            Optional<String> pass,
            String traceparent) {
        InetSocketAddress peer = request.remoteAddress();
        keepHostOnly(headers);
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

    /** The client has said something of itself, and expects any body to be chunked. */
    private static void keepHostOnly(HttpHeaders headers) {
        String host = headers.get(HttpHeaderNames.HOST);
        headers.clear().set(HttpHeaderNames.HOST, host);
    }

    /** Of several lines the last are the nearest proxies' own. */
    private static String hops(HttpHeaders headers, InetSocketAddress peer) {
        String address = peer.getAddress().getHostAddress();
        return headers.contains(FORWARDED_FOR)
                ? String.join(", ", headers.getAll(FORWARDED_FOR)) + ", " + address
                : address;
    }
}
