package dev.stagedoor.gateway.request;

import dev.stagedoor.common.Headers;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;

import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;

import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * A request, as far as it must be known before anybody decides on it: read out of its head as it
 * came, and nothing that nobody asks for.
 *
 * @param address path and query, as they were asked for
 * @param path the same without the query
 * @param headers all of them, as they came
 * @param channel the connection that it came by
 */
public record Caller(
        HttpMethod method,
        String address,
        String path,
        HttpHeaders headers,
        Channel channel,
        String scheme,
        @Nullable InetSocketAddress peer) {

    private static final AsciiString HOPS = AsciiString.cached(Headers.HOPS);
    private static final int MOST_HOPS = 3;

    private static final AttributeKey<Sender> SENDER = AttributeKey.valueOf("stagedoor-sender");

    /** Who sends what comes next on a connection, where it is not the public. */
    public enum Sender {
        /** Asks about a visitor's request, and forwards that by itself. */
        PROXY,
        /** Stands behind, and may call us by another name than the public does. */
        SITE;

        public void sends(Channel channel) {
            channel.attr(SENDER).set(this);
        }

        public boolean hasSent(Channel channel) {
            return channel.hasAttr(SENDER) && channel.attr(SENDER).get() == this;
        }
    }

    public Caller(HttpServerRequest request) {
        this(
                request.method(),
                request.uri(),
                pathOf(request.uri()),
                request.requestHeaders(),
                ((Connection) request).channel(),
                request.scheme(),
                request.remoteAddress());
    }

    /** Before the server makes anything of a request of the public. */
    public Caller(HttpRequest request, Channel channel) {
        this(
                request,
                channel,
                channel.pipeline().get(SslHandler.class) == null ? "http" : "https",
                channel.remoteAddress() instanceof InetSocketAddress peer ? peer : null);
    }

    public Caller(
            HttpRequest request, Channel channel, String scheme, @Nullable InetSocketAddress peer) {
        this(
                request.method(),
                request.uri(),
                pathOf(request.uri()),
                request.headers(),
                channel,
                scheme,
                peer);
    }

    public static Caller of(ServerWebExchange exchange) {
        return new Caller(ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest()));
    }

    /** Of an address, what comes before its query. */
    public static String pathOf(String address) {
        int query = address.indexOf('?');
        return query < 0 ? address : address.substring(0, query);
    }

    public boolean asks(HttpMethod how, String where) {
        return path.equals(where) && method.equals(how);
    }

    public @Nullable String query() {
        return path.length() == address.length() ? null : address.substring(path.length() + 1);
    }

    public @Nullable String header(CharSequence name) {
        return headers.get(name);
    }

    /** The name that was asked for, in small letters and without a port; empty if none was. */
    public String host() {
        String host = headers.get(HttpHeaderNames.HOST, "");
        int end = host.indexOf(':', host.indexOf(']') + 1);
        String name = end < 0 ? host : host.substring(0, end);
        return (name.endsWith(".") ? name.substring(0, name.length() - 1) : name)
                .toLowerCase(Locale.ROOT);
    }

    /** How many gateways it has come through. Whoever writes this themselves is turned away. */
    public int hops() {
        String said = headers.get(HOPS);
        return said == null ? 0 : said.equals("1") ? 1 : said.equals("2") ? 2 : MOST_HOPS;
    }

    /** Whether the upstream leads back here, by whatever way. */
    public boolean goesRound() {
        return hops() >= MOST_HOPS;
    }

    /** Each of its lines. */
    public List<String> forwardedFor() {
        return headers.getAll("X-Forwarded-For");
    }

    public @Nullable String cookie(String name) {
        return cookie(name::equals);
    }

    /** The first one whose name is meant. Quotes around its value are no part of it. */
    public @Nullable String cookie(Predicate<String> name) {
        Iterator<String> lines = headers.valueStringIterator(HttpHeaderNames.COOKIE);
        while (lines.hasNext()) {
            String found = cookie(lines.next(), name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String cookie(String line, Predicate<String> name) {
        for (int begin = 0; begin < line.length(); ) {
            int semicolon = line.indexOf(';', begin);
            int end = semicolon < 0 ? line.length() : semicolon;
            int equals = line.indexOf('=', begin, end);
            if (equals >= 0 && name.test(line.substring(begin, equals).strip())) {
                return unquoted(line.substring(equals + 1, end).strip());
            }
            begin = end + 1;
        }
        return null;
    }

    private static String unquoted(String value) {
        boolean isQuoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return isQuoted ? value.substring(1, value.length() - 1) : value;
    }

    /** Without what it carries: that is for nobody's log. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
