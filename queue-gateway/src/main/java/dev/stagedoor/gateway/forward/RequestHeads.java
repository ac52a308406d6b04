package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.util.AsciiString;

import org.jspecify.annotations.Nullable;

import reactor.netty.http.server.HttpServerRequest;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** What the upstream is told of a request: what the visitor said, and what only we may say. */
final class RequestHeads {

    private static final AsciiString PASS = AsciiString.cached(Headers.PASS);
    private static final AsciiString CLIENT = AsciiString.cached(Headers.CLIENT);
    private static final AsciiString FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString PROTO = AsciiString.cached(TrustedProxies.PROTO);

    /** Whatever is copied into them has been looked at when it was read. */
    private static final HttpHeadersFactory AS_READ =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private final TrustedProxies proxies;

    RequestHeads(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    /**
     * @param host how the upstream is called
     */
    HttpHeaders write(HttpServerRequest request, String host, Optional<String> pass) {
        InetSocketAddress peer = request.remoteAddress();
        HttpHeaders asked = request.requestHeaders();
        HttpHeaders headers = AS_READ.newHeaders();
        headers.set(HttpHeaderNames.HOST, host);
        HopByHop.copyToUpstream(asked, headers, proxies.includes(peer));
        if (isChunked(request)) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        pass.ifPresent(token -> headers.set(PASS, token));
        if (peer != null) {
            tellOfHops(headers, peer.getAddress());
        }
        setIfAbsent(headers, PROTO, request.scheme());
        setIfAbsent(headers, FORWARDED_HOST, asked.get(HttpHeaderNames.HOST));
        return headers;
    }

    /**
     * Of earlier hops only what is believed has been copied. Of several lines the last are the
     * nearest proxies' own.
     */
    private void tellOfHops(HttpHeaders headers, InetAddress peer) {
        String address = peer.getHostAddress();
        List<String> earlier = headers.getAll(FORWARDED_FOR);
        if (earlier.isEmpty()) {
            headers.set(CLIENT, address);
            headers.set(FORWARDED_FOR, address);
        } else {
            headers.set(CLIENT, proxies.client(peer, earlier).getHostAddress());
            headers.set(FORWARDED_FOR, String.join(", ", earlier) + ", " + address);
        }
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

    private static void setIfAbsent(HttpHeaders headers, AsciiString name, @Nullable String value) {
        if (value != null && !headers.contains(name)) {
            headers.set(name, value);
        }
    }
}
