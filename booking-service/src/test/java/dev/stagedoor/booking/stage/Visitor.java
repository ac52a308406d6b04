package dev.stagedoor.booking.stage;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.UserId;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpMethod;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Sends requests in the name of one user, as the gateway would pass them on. */
public final class Visitor {

    private final HttpClient http;
    private final UserId user;
    private final Supplier<String> pass;

    Visitor(HttpClient http, UserId user, Supplier<String> pass) {
        this.http = http;
        this.user = user;
        this.pass = pass;
    }

    public UserId user() {
        return user;
    }

    /** Header names and values in turn. */
    public Mono<Answered> send(String method, String path, String body, String... headers) {
        return http.headers(
                        all -> {
                            String shown = pass.get();
                            if (shown != null) {
                                all.set(Headers.PASS, shown);
                            }
                            all.set("Content-Type", "application/json");
                            for (int i = 0; i < headers.length; i += 2) {
                                all.set(headers[i], headers[i + 1]);
                            }
                        })
                .request(HttpMethod.valueOf(method))
                .uri(path)
                .send(
                        Mono.fromSupplier(
                                () ->
                                        Unpooled.wrappedBuffer(
                                                body.getBytes(StandardCharsets.UTF_8))))
                .responseSingle(
                        (response, content) ->
                                content.asByteArray()
                                        .defaultIfEmpty(new byte[0])
                                        .map(bytes -> Answered.of(response, bytes)));
    }

    /** Whom a busy machine lets wait too long asks again, as every shop does: that takes time. */
    public static Mono<Answered> served(Mono<Answered> asking) {
        return asking.filter(it -> it.header("Retry-After") == null)
                .repeatWhenEmpty(20, tries -> tries.delayElements(Duration.ofMillis(100)));
    }

    /** What a stream brings, event by event. */
    public Flux<String> hearing(String path, String... headers) {
        return http.headers(
                        all -> {
                            all.set(Headers.PASS, pass.get());
                            for (int i = 0; i < headers.length; i += 2) {
                                all.set(headers[i], headers[i + 1]);
                            }
                        })
                .get()
                .uri(path)
                .responseContent()
                .asString()
                .scan("", (rest, more) -> rest.substring(rest.lastIndexOf("\n\n") + 1) + more)
                .filter(text -> text.contains("\n\n"));
    }

    public Answered get(String path, String... headers) {
        return send("GET", path, "", headers).block();
    }

    public Answered post(String path, String body, String... headers) {
        return send("POST", path, body, headers).block();
    }

    public Answered delete(String path, String... headers) {
        return send("DELETE", path, "", headers).block();
    }

    public Mono<Answered> reserving(ScheduleId schedule, String key, int... seats) {
        String numbers =
                Arrays.stream(seats).mapToObj(String::valueOf).collect(Collectors.joining(","));
        String body = "{\"scheduleId\":%s,\"seatNumbers\":[%s]}".formatted(schedule, numbers);
        return key == null
                ? send("POST", "/api/v1/reservations", body)
                : send("POST", "/api/v1/reservations", body, "Idempotency-Key", key);
    }

    public Answered reserve(ScheduleId schedule, int... seats) {
        return reserving(schedule, null, seats).block();
    }

    public Answered charge(long amount, String... headers) {
        return post("/api/v1/balance/charges", "{\"amount\":%d}".formatted(amount), headers);
    }

    public Mono<Answered> paying(String reservation, String... headers) {
        return send("POST", "/api/v1/reservations/" + reservation + "/payment", "", headers);
    }

    public Answered pay(String reservation, String... headers) {
        return paying(reservation, headers).block();
    }

    public Answered refund(String payment, String... headers) {
        return post("/api/v1/payments/" + payment + "/refund", "", headers);
    }

    public long balance() {
        return get("/api/v1/balance").number("balance");
    }
}
