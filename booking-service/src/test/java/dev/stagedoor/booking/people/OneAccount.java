package dev.stagedoor.booking.people;

import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.BeforeEach;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Somebody who has an account, or may make one, and who asks from where. */
abstract class OneAccount {

    static final String PASSWORD = "a horse and a battery";
    static final String RENEWAL = "/api/v1/sign-ins/renewal";

    /** Each test guesses from a network of its own. */
    static final AtomicInteger NETWORKS = new AtomicInteger();

    final Booking booking = Booking.shared();
    final Visitor stranger = booking.stranger();
    final String email = UUID.randomUUID() + "@example.org";
    final int network = NETWORKS.incrementAndGet();
    final String address = "10.7." + network + ".1";
    String token;
    Visitor guest;

    @BeforeEach
    void aGuest() {
        token = stranger.post("/api/v1/users", "{\"name\":\"Ada\"}").is(201).text("accessToken");
        guest = booking.visitor(token, 0);
    }

    Answered signIn(String email, String password) {
        return signIn(email, password, address);
    }

    Answered signIn(String email, String password, String from) {
        return signingIn(email, password, from).block();
    }

    Mono<Answered> signingIn(String email, String password, String from) {
        return stranger.send(
                "POST",
                "/api/v1/sign-ins",
                "{\"email\":\"%s\",\"password\":\"%s\"}".formatted(email, password),
                "Stagedoor-Client",
                from);
    }

    String elsewhere(int subnet) {
        return "10.%d.%d.1".formatted(10 + network, subnet);
    }

    static void guess(int times, IntFunction<Mono<Answered>> guess) {
        Flux.range(0, times).flatMap(guess::apply, 20).blockLast();
    }

    /** The answers to a hundred. */
    static List<Integer> atOnce(IntFunction<Mono<Answered>> guess) {
        return Flux.range(0, 100)
                .flatMap(guess::apply, 100)
                .map(Answered::status)
                .collectList()
                .block();
    }

    Answered keep(Visitor who, String email, String password, String former) {
        return keeping(who, email, password, former).block();
    }

    Mono<Answered> keeping(Visitor who, String email, String password, String former) {
        String current = former == null ? "" : ",\"currentPassword\":\"" + former + '"';
        String body =
                "{\"email\":\"%s\",\"password\":\"%s\"%s}".formatted(email, password, current);
        return who.send("PUT", "/api/v1/users/me/sign-in", body, "Stagedoor-Client", address);
    }

    String otherToken() {
        return stranger.post("/api/v1/users", "{\"name\":\"Bo\"}").is(201).text("accessToken");
    }

    void sets(String what) {
        booking.sql("UPDATE sign_in SET " + what + " WHERE user_id = ?", guest.user().uuid());
    }

    static String words(Answered answer) {
        return answer.is(401, "sign-in-refused").body().replaceFirst("\"traceId\":\"[^\"]*\"", "");
    }

    static long nanos(Runnable act) {
        long begun = System.nanoTime();
        act.run();
        return System.nanoTime() - begun;
    }

    static long median(long[] times) {
        return Arrays.stream(times).sorted().skip(times.length / 2).findFirst().orElseThrow();
    }
}
