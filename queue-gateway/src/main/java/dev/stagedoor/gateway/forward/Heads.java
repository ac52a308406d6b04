package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Headers;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.QueueCookies;
import dev.stagedoor.gateway.request.TrustedProxies;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.util.AsciiString;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is said on of a head: which fields travel on and which end here (hop by hop), and what only
 * we may say.
 *
 * @param originsAreOurs whether the gateway says which origins may read an answer: the upstream
 *     must not contradict, and saying it twice is as bad as not at all
 */
record Heads(TrustedProxies proxies, boolean originsAreOurs) {

    private static final AsciiString PASS = AsciiString.cached(Headers.PASS);
    private static final AsciiString HOPS = AsciiString.cached(Headers.HOPS);
    private static final AsciiString CLIENT = AsciiString.cached(Headers.CLIENT);
    private static final AsciiString FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString PROTO = AsciiString.cached(TrustedProxies.PROTO);

    /**
     * Whatever is copied has been looked at when it was read; and a word in {@code Connection} may
     * be no name at all.
     */
    static final HttpHeadersFactory AS_READ =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private static final HttpHeaders ALWAYS =
            names(
                    """
                    connection keep-alive proxy-authenticate proxy-authorization
                    proxy-connection te trailer transfer-encoding upgrade expect
                    http2-settings
                    """);

    /**
     * What a message is not the same without: it is for whoever receives the content, and no sender
     * can mean it for the next hop only. Above all the length, without which a body would be read
     * as requests of its own.
     */
    private static final HttpHeaders ESSENTIAL =
            names(
                    """
                    host content-length content-type content-encoding content-range range
                    authorization cookie set-cookie cache-control idempotency-key traceparent
                    """);

    /**
     * What only the gateway may say; a client's copy is dropped. Among it that the request is
     * another one, by method, address or host: the gate has looked at the real one, and proxies
     * hand on what visitors say. And which proxy CGI programs are to use, since {@code Proxy} is
     * read as {@code HTTP_PROXY} (httpoxy).
     */
    private static final HttpHeaders OURS_TO_UPSTREAM =
            names(
                    """
                    host proxy x-http-method x-http-method-override x-method-override
                    x-original-method x-original-url x-rewrite-url x-original-host x-host
                    """
                            + Headers.QUEUE_TOKEN);

    /** What tells of a request before it came here. */
    private static final HttpHeaders EARLIER =
            names(
                    """
                    forwarded x-real-ip x-client-ip client-ip x-cluster-client-ip
                    true-client-ip cf-connecting-ip
                    """);

    private static final Pattern ODD = Pattern.compile("[^a-zA-Z0-9-]");

    private static final String CORS = "access-control-";
    private static final String FORWARDED = "x-forwarded";

    /**
     * A table that finds a name in whatever letters it is written, without a copy in small ones.
     */
    private static HttpHeaders names(String names) {
        HttpHeaders table = new DefaultHttpHeaders();
        for (String name : names.split("\\s+")) {
            table.set(name, "");
        }
        return table;
    }

    HttpHeaders ofRequest(Caller caller, String host, Optional<String> pass) {
        InetSocketAddress peer = caller.peer();
        HttpHeaders asked = caller.headers();
        HttpHeaders headers = AS_READ.newHeaders();
        headers.set(HttpHeaderNames.HOST, host);
        copyToUpstream(asked, headers, proxies.includes(peer));
        if (isChunked(asked)) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        headers.set(HOPS, Integer.toString(caller.hops() + 1));
        pass.ifPresent(token -> headers.set(PASS, token));
        if (peer != null) {
            tellOfHops(headers, peer.getAddress());
        }
        setIfAbsent(headers, PROTO, caller.scheme());
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

    static boolean isChunked(HttpHeaders request) {
        return request.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    private static void setIfAbsent(HttpHeaders headers, AsciiString name, @Nullable String value) {
        if (value != null && !headers.contains(name)) {
            headers.set(name, value);
        }
    }

    /**
     * @param forwarded whether what it says of earlier hops is believed, spelt as proxies do
     */
    static void copyToUpstream(HttpHeaders from, HttpHeaders to, boolean forwarded) {
        Set<String> named = namedByConnection(from);
        for (var fields = from.iteratorCharSequence(); fields.hasNext(); ) {
            var field = fields.next();
            CharSequence name = asRead(field.getKey());
            if (HttpHeaderNames.COOKIE.contentEqualsIgnoreCase(name)) {
                addCookies(field.getValue().toString(), to);
            } else if (!ALWAYS.contains(name)
                    && !isAmong(named, name)
                    && !OURS_TO_UPSTREAM.contains(name)
                    && !isTwin(field.getKey(), name)
                    && (forwarded && field.getKey() == name || !isAboutEarlierHops(name))
                    && !startsWith(name, Headers.INTERNAL_PREFIX)) {
                to.add(field.getKey(), field.getValue());
            }
        }
    }

    void copyToClient(HttpHeaders from, HttpHeaders to) {
        Set<String> named = namedByConnection(from);
        for (var fields = from.iteratorCharSequence(); fields.hasNext(); ) {
            var field = fields.next();
            CharSequence name = field.getKey();
            if (!ALWAYS.contains(name)
                    && !isAmong(named, name)
                    && !startsWith(name, Headers.INTERNAL_PREFIX)
                    && !(originsAreOurs && startsWith(name, CORS))) {
                to.add(name, field.getValue());
            }
        }
        if (originsAreOurs
                && !to.containsValue(HttpHeaderNames.VARY, HttpHeaderNames.ORIGIN, true)) {
            to.add(HttpHeaderNames.VARY, "Origin");
        }
    }

    /**
     * An upstream may read whatever is neither a letter nor a digit as a hyphen: CGI and WSGI do so
     * with underscores, PHP with dots, and some servers with all of it.
     */
    private static CharSequence asRead(CharSequence name) {
        for (int i = 0; i < name.length(); i++) {
            char next = name.charAt(i);
            if (next != '-' && !Character.isLetterOrDigit(next)) {
                return ODD.matcher(name).replaceAll("-");
            }
        }
        return name;
    }

    /** Of a field that both sides must read alike, above all a second length. */
    private static boolean isTwin(CharSequence written, CharSequence name) {
        return written != name && ESSENTIAL.contains(name);
    }

    private static void addCookies(String cookies, HttpHeaders to) {
        String others = QueueCookies.without(cookies);
        if (!others.isEmpty()) {
            to.add(HttpHeaderNames.COOKIE, others);
        }
    }

    private static boolean isAboutEarlierHops(CharSequence name) {
        return EARLIER.contains(name) || startsWith(name, FORWARDED);
    }

    private static boolean startsWith(CharSequence name, String beginning) {
        return AsciiString.regionMatches(name, true, 0, beginning, 0, beginning.length());
    }

    /**
     * A sender may declare more fields to be meant for the next hop only: in small letters. However
     * many those are, a set finds each at once, which a table of headers does not.
     */
    private static Set<String> namedByConnection(HttpHeaders headers) {
        Set<String> named = Set.of();
        for (String line : headers.getAll(HttpHeaderNames.CONNECTION)) {
            if (!ALWAYS.contains(line)) {
                named = named.isEmpty() ? new HashSet<>() : named;
                for (String word : line.split(",")) {
                    named.add(word.strip().toLowerCase(Locale.ROOT));
                }
            }
        }
        return named;
    }

    private static boolean isAmong(Set<String> named, CharSequence name) {
        return !named.isEmpty()
                && named.contains(name.toString().toLowerCase(Locale.ROOT))
                && !ESSENTIAL.contains(name)
                && !isAboutEarlierHops(name);
    }
}
