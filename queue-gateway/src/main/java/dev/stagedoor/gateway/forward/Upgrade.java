package dev.stagedoor.gateway.forward;

import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.upstream.Exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Turns a request into a WebSocket where the upstream agrees (RFC 6455): from there on bytes are
 * carried as they are. No other protocol is asked for: through a tunnel of HTTP requests would get
 * past the gate (h2c smuggling).
 */
record Upgrade(Heads heads, Duration longestPause) {

    static boolean isAsked(Caller request) {
        HttpHeaders headers = request.headers();
        return headers.contains(HttpHeaderNames.UPGRADE)
                && request.method().equals(HttpMethod.GET)
                && isWebSocket(headers)
                && headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    }

    static void ask(HttpHeaders headers) {
        headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    }

    private static boolean isWebSocket(HttpHeaders headers) {
        return headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(
                        headers.get(HttpHeaderNames.UPGRADE));
    }

    /**
     * On the thread of the connection to the origin.
     *
     * @param over when it ends, told whether the visitor has sent anything since it asked last
     */
    Mono<Forwarded> begin(
            Channel client, Exchange agreed, Function<BooleanSupplier, Mono<Void>> over) {
        Channel origin = agreed.handOver();
        HttpHeaders answer = agreed.head().headers();
        if (!isWebSocket(answer)) {
            origin.close();
            return Mono.error(new IOException("The upstream wants another protocol"));
        }
        Relay relay = Relay.join(client, origin, head(answer), longestPause);
        return Mono.just(
                new Forwarded.Upgraded(
                        over.apply(relay::isUsed).doOnTerminate(relay::close).then(Mono.never())));
    }

    /** Written by us: with the last line of it, the connection is none of HTTP any more. */
    private ByteBuf head(HttpHeaders answer) {
        HttpHeaders told = new DefaultHttpHeaders();
        heads.copyToClient(answer, told);
        ask(told);
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
        told.forEach(
                field ->
                        head.append(field.getKey())
                                .append(": ")
                                .append(field.getValue())
                                .append("\r\n"));
        return Unpooled.copiedBuffer(head.append("\r\n"), StandardCharsets.ISO_8859_1);
    }
}
