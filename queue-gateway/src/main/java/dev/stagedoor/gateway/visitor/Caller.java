package dev.stagedoor.gateway.visitor;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;

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
 */
public final class Caller {

    private final HttpServerRequest request;
    private final String path;

    public Caller(HttpServerRequest request) {
        this.request = request;
        this.path = pathOf(request.uri());
    }

    public static Caller of(ServerWebExchange exchange) {
        return new Caller(ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest()));
    }

    /** Of an address, what comes before its query. */
    public static String pathOf(String address) {
        int query = address.indexOf('?');
        return query < 0 ? address : address.substring(0, query);
    }

    public HttpMethod method() {
        return request.method();
    }

    /** As it was asked for, without the query. */
    public String path() {
        return path;
    }

    /** Path and query, as they were asked for. */
    public String address() {
        return request.uri();
    }

    public @Nullable String query() {
        String address = request.uri();
        return path.length() == address.length() ? null : address.substring(path.length() + 1);
    }

    public @Nullable String header(CharSequence name) {
        return request.requestHeaders().get(name);
    }

    /** The name that was asked for, in small letters and without a port; empty if none was. */
    public String host() {
        String host = request.requestHeaders().get(HttpHeaderNames.HOST, "");
        int end = host.indexOf(':', host.indexOf(']') + 1);
        String name = end < 0 ? host : host.substring(0, end);
        return (name.endsWith(".") ? name.substring(0, name.length() - 1) : name)
                .toLowerCase(Locale.ROOT);
    }

    String scheme() {
        return request.scheme();
    }

    /** Each of its lines. */
    public List<String> forwardedFor() {
        return request.requestHeaders().getAll("X-Forwarded-For");
    }

    /** The connection that it came by. */
    public Channel channel() {
        return ((Connection) request).channel();
    }

    public @Nullable InetSocketAddress peer() {
        return request.remoteAddress();
    }

    @Nullable String cookie(String name) {
        return cookie(name::equals);
    }

    /** The first one whose name is meant. Quotes around its value are no part of it. */
    @Nullable String cookie(Predicate<String> name) {
        Iterator<String> lines =
                request.requestHeaders().valueStringIterator(HttpHeaderNames.COOKIE);
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
            int equals = line.indexOf('=', begin);
            if (equals >= 0 && equals < end && name.test(line.substring(begin, equals).strip())) {
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
}
