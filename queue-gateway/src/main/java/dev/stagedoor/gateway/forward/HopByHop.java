package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which header fields travel on, and which end here. */
final class HopByHop {

    private static final Set<String> ALWAYS =
            Set.of(
                    "connection",
                    "keep-alive",
                    "proxy-authenticate",
                    "proxy-authorization",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "expect",
                    "http2-settings");

    /**
     * What a message is not the same without: it is for whoever receives the content, and no sender
     * can mean it for the next hop only. Above all the length, without which a body would be read
     * as requests of its own.
     */
    private static final Set<String> ESSENTIAL =
            Set.of(
                    "host",
                    "content-length",
                    "content-type",
                    "content-encoding",
                    "content-range",
                    "range",
                    "authorization",
                    "cookie",
                    "set-cookie",
                    "cache-control",
                    "idempotency-key",
                    "traceparent");

    /**
     * What only the gateway may say; a client's copy is dropped. Among it that the request is one
     * of another method: the gate has looked at the real one, and no proxy vouches for the other.
     */
    private static final Set<String> OURS_TO_UPSTREAM =
            Set.of(
                    "host",
                    Headers.QUEUE_TOKEN.toLowerCase(Locale.ROOT),
                    "x-http-method",
                    "x-http-method-override",
                    "x-method-override",
                    "x-original-method");

    /** What tells of a request before it came here, some of it even that it was another one. */
    private static final Set<String> EARLIER =
            Set.of(
                    "forwarded",
                    "x-real-ip",
                    "x-client-ip",
                    "true-client-ip",
                    "cf-connecting-ip",
                    "x-host",
                    "x-original-host",
                    "x-original-url",
                    "x-rewrite-url");

    private static final String CORS = "access-control-";
    private static final String FORWARDED = "x-forwarded";
    private static final String INTERNAL = Headers.INTERNAL_PREFIX.toLowerCase(Locale.ROOT);

    private HopByHop() {}

    /**
     * @param forwarded whether what it says of earlier hops is believed
     */
    static void copyToUpstream(HttpHeaders from, HttpHeaders to, boolean forwarded) {
        Set<String> named = namedByConnection(from);
        for (var header : entries(from)) {
            String name = asRead(header.getKey());
            if (name.equals("cookie")) {
                addCookies(header.getValue(), to);
            } else if (!ALWAYS.contains(name)
                    && !named.contains(name)
                    && !OURS_TO_UPSTREAM.contains(name)
                    && !isTwin(header.getKey(), name)
                    && (forwarded || !isAboutEarlierHops(name))
                    && !name.startsWith(INTERNAL)) {
                to.add(header.getKey(), header.getValue());
            }
        }
    }

    /**
     * @param originsAreOurs whether the gateway says which origins may read an answer
     */
    static void copyToClient(HttpHeaders from, HttpHeaders to, boolean originsAreOurs) {
        Set<String> named = namedByConnection(from);
        for (var header : entries(from)) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!ALWAYS.contains(name)
                    && !named.contains(name)
                    && !name.startsWith(INTERNAL)
                    && !(originsAreOurs && name.startsWith(CORS))) {
                to.add(header.getKey(), header.getValue());
            }
        }
    }

    /** An upstream may read underscores as hyphens: programs behind CGI or WSGI do. */
    private static String asRead(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Of a field that both sides must read alike, above all a second length. */
    private static boolean isTwin(String written, String name) {
        return written.indexOf('_') >= 0 && ESSENTIAL.contains(name);
    }

    private static void addCookies(String cookies, HttpHeaders to) {
        String others = QueueCookies.without(cookies);
        if (!others.isEmpty()) {
            to.add(HttpHeaderNames.COOKIE, others);
        }
    }

    private static boolean isAboutEarlierHops(String name) {
        return EARLIER.contains(name) || name.startsWith(FORWARDED);
    }

    private static Iterable<Map.Entry<String, String>> entries(HttpHeaders headers) {
        return headers::iteratorAsString;
    }

    /** A sender may declare more fields to be meant for the next hop only. */
    private static Set<String> namedByConnection(HttpHeaders headers) {
        String first = headers.get(HttpHeaderNames.CONNECTION);
        if (first == null) {
            return Set.of();
        }
        return headers.getAll(HttpHeaderNames.CONNECTION).stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .filter(name -> !ESSENTIAL.contains(name) && !isAboutEarlierHops(name))
                .collect(Collectors.toUnmodifiableSet());
    }
}
