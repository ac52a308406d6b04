package dev.stagedoor.booking.web;

import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.booking.idempotency.Desk;
import dev.stagedoor.booking.idempotency.Request;
import dev.stagedoor.booking.web.WebMeters.Act;
import dev.stagedoor.boot.Visitor;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.SessionCommand;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** From a request that changes something to its act, and from the answer to a response. */
@Component
record Writing(Desk desk, JsonMapper json, WebMeters meters) {

    static final String KEY = "Idempotency-Key";
    private static final String REPLAYED = "Idempotency-Replayed";

    /** Visible ASCII. */
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private static final byte[] NO_FINGERPRINT = {};

    Mono<ResponseEntity<byte[]>> write(
            Act act,
            ServerWebExchange exchange,
            Object body,
            Function<Request, Mono<Answer>> work) {
        Visitor by = Objects.requireNonNull(exchange.getAttribute(Visitor.ATTRIBUTE));
        String key = key(exchange);
        byte[] fingerprint = key == null ? NO_FINGERPRINT : fingerprint(exchange, body);
        Request request = new Request(by.user(), by.signIn(), key, fingerprint);
        return meters.timed(act, desk.take(request, work.apply(request))).map(Writing::response);
    }

    private static @Nullable String key(ServerWebExchange exchange) {
        List<String> keys = exchange.getRequest().getHeaders().getOrEmpty(KEY);
        if (keys.isEmpty()) {
            return null;
        }
        String key = unquoted(String.join(" ", keys));
        new Fields()
                .must(VALUE.matcher(key).matches(), KEY, "be 1 to 255 visible ASCII characters")
                .orRefuse();
        return key;
    }

    /** Whether there is none, or one that will do. */
    static boolean isKeyOrNone(List<String> keys) {
        return keys.isEmpty()
                || keys.size() == 1 && VALUE.matcher(unquoted(keys.getFirst())).matches();
    }

    private static String unquoted(String text) {
        return text.length() > 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    /** What the request means, whatever its spaces and the order of its members. */
    private byte[] fingerprint(ServerWebExchange exchange, Object body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String line = exchange.getRequest().getMethod() + " " + exchange.getRequest().getPath();
            digest.update(line.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) '\n');
            return digest.digest(json.writeValueAsBytes(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static ResponseEntity<byte[]> response(Answer answer) {
        var response =
                ResponseEntity.status(answer.status())
                        .contentType(MediaType.APPLICATION_JSON)
                        .header(HttpHeaders.CACHE_CONTROL, "no-store");
        if (answer.location() != null) {
            response.location(URI.create(answer.location()));
        }
        if (answer.replayed()) {
            response.header(REPLAYED, "true");
        }
        session(answer).ifPresent(it -> response.header(Headers.SESSION, it.toString()));
        return response.body(answer.body());
    }

    /** A whole second more than is left, for the way; nothing for a hold that is over. */
    private static Optional<SessionCommand> session(Answer answer) {
        if (answer.completesSession()) {
            return Optional.of(new SessionCommand.Complete());
        }
        return Optional.ofNullable(answer.keepsSession())
                .map(until -> Duration.between(Instant.now(), until))
                .filter(Duration::isPositive)
                .map(left -> new SessionCommand.Extend(left.plusSeconds(1)));
    }
}
