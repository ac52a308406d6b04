package dev.stagedoor.gateway.visitor;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The public keys of an identity provider. Asked for when the first token comes, again when they
 * have grown old or a token names a key that is not among them, but never more often than every few
 * seconds, whatever tokens come and whatever becomes of the clock. While the provider does not
 * answer, the old ones go on.
 */
final class IssuerKeys {

    private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);
    private static final String DISCOVERY = "/.well-known/openid-configuration";
    static final Duration PAUSE = Duration.ofSeconds(5);
    private static final long LONGEST_ANSWER = 1_000_000;

    private final URI issuer;
    private final IdentityProperties properties;
    private final LongSupplier nanoTime;
    private final HttpClient http;
    private volatile @Nullable Known known;
    private @Nullable Mono<JWKSet> asking;
    private long askedAt;

    IssuerKeys(URI issuer, IdentityProperties properties, LongSupplier nanoTime) {
        this.issuer = issuer;
        this.properties = properties;
        this.nanoTime = nanoTime;
        this.http = HttpClient.newBuilder().connectTimeout(properties.timeout()).build();
    }

    /**
     * Keys that are enough, or the best there are after asking. Where those that are known have
     * grown old, the first who comes waits for others; as long as none come, nobody else does.
     */
    Mono<JWKSet> keys(Predicate<JWKSet> enough) {
        Known now = known;
        if (now == null) {
            return ask();
        }
        long old = now.since() + TimeUnit.NANOSECONDS.convert(properties.keysLifetime());
        Mono<JWKSet> atOnce = Mono.just(now.keys());
        if (!enough.test(now.keys()) || !isBefore(old) && !isAskedForSince(old)) {
            return ask().onErrorResume(_ -> atOnce);
        }
        return isBefore(old) ? atOnce : Mono.firstWithValue(ask(), atOnce);
    }

    private boolean isBefore(long old) {
        return nanoTime.getAsLong() - old < 0;
    }

    private synchronized boolean isAskedForSince(long old) {
        return askedAt - old >= 0;
    }

    /** All who want to know within the pause share one question, and its answer. */
    private synchronized Mono<JWKSet> ask() {
        if (asking == null || !isBefore(askedAt + PAUSE.toNanos())) {
            askedAt = nanoTime.getAsLong();
            asking = fetch().cache();
        }
        return asking;
    }

    private Mono<JWKSet> fetch() {
        return document(URI.create(withoutSlash(issuer) + DISCOVERY))
                .flatMap(text -> Mono.fromCallable(() -> keysOf(text)))
                .flatMap(this::document)
                .flatMap(text -> Mono.fromCallable(() -> keysIn(text)))
                .timeout(properties.timeout())
                .doOnNext(keys -> known = new Known(keys, nanoTime.getAsLong()))
                .doOnError(error -> log.warn("no keys from {}: {}", issuer, error.toString()));
    }

    private URI keysOf(String discovery) throws ParseException {
        Map<String, Object> document = JSONObjectUtils.parse(discovery);
        if (!issuer.toString().equals(document.get("issuer"))) {
            throw new ParseException("it calls itself " + document.get("issuer"), 0);
        }
        URI keys = JSONObjectUtils.getURI(document, "jwks_uri");
        if (keys == null || !IdentityProperties.isSafe(keys)) {
            throw new ParseException("its keys are at no https address: " + keys, 0);
        }
        return keys;
    }

    /** Of a kind that is not known here one says nothing against the others (RFC 7517, 5). */
    private static JWKSet keysIn(String text) throws ParseException {
        var told = JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(text), "keys");
        if (told == null) {
            throw new ParseException("it tells no keys", 0);
        }
        List<JWK> keys = new ArrayList<>();
        for (Map<String, Object> key : told) {
            try {
                keys.add(JWK.parse(key));
            } catch (ParseException e) {
                log.debug("a key is passed over: {}", e.getMessage());
            }
        }
        return new JWKSet(keys);
    }

    private Mono<String> document(URI uri) {
        HttpRequest request =
                HttpRequest.newBuilder(uri)
                        .timeout(properties.timeout())
                        .header("Accept", "application/json")
                        .build();
        return Mono.fromFuture(
                        () ->
                                http.sendAsync(
                                        request,
                                        BodyHandlers.limiting(
                                                BodyHandlers.ofString(), LONGEST_ANSWER)))
                .flatMap(IssuerKeys::body);
    }

    private static Mono<String> body(HttpResponse<String> answer) {
        return answer.statusCode() == 200
                ? Mono.just(answer.body())
                : Mono.error(new IOException(answer.uri() + " says " + answer.statusCode()));
    }

    private static String withoutSlash(URI uri) {
        String text = uri.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    private record Known(JWKSet keys, long since) {}
}
