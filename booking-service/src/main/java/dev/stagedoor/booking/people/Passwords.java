package dev.stagedoor.booking.people;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.keygen.KeyGenerators;
import org.springframework.security.crypto.password.DelegatingPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Component;
import org.springframework.util.Assert;

import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Hashes, which is slow on purpose: on threads of its own (bulkhead), half as many as there are
 * processors, so that a flood of sign-ins takes nothing of the sale. Whoever would wait longer than
 * a few seconds is told to come back. Networks take turns, and the last places to wait are for
 * those that have none: who shows a right password over and over guesses nothing, and others would
 * else wait for all of it.
 */
@Component
public final class Passwords {

    private static final int FEWEST_CHARACTERS = 8;

    /** Of bcrypt, which sees nothing beyond. */
    private static final int MOST_BYTES = 72;

    private static final int LOWEST_COST = 4;
    private static final int HIGHEST_COST = 31;

    static final int HASHING_AT_ONCE = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    public static final int MOST = 40 * HASHING_AT_ONCE;
    static final int MOST_OF_ONE = 30 * HASHING_AT_ONCE;
    private static final Duration COME_BACK = Duration.ofSeconds(3);
    private static final String BCRYPT = "bcrypt";

    private final PasswordEncoder encoder;

    /** Guessing at nobody takes as long as at somebody. Of no password that anybody knows. */
    private final String nobodys;

    /** How many each network has, from before it is looked up what to compare until it is. */
    private final Map<String, Integer> places = new HashMap<>();

    private volatile int taken;

    /** Those of each network; the one whose turn is next stands first. */
    private final SequencedMap<String, Queue<MonoSink<Void>>> waiting = new LinkedHashMap<>();

    private final Scheduler hashing =
            Schedulers.newBoundedElastic(HASHING_AT_ONCE, Integer.MAX_VALUE, "sign-ins", 60, true);

    /**
     * @param cost of bcrypt: one more, and a hash takes twice as long
     */
    Passwords(@Value("${stagedoor.booking.password-cost:10}") int cost) {
        Assert.isTrue(
                cost >= LOWEST_COST && cost <= HIGHEST_COST,
                "stagedoor.booking.password-cost must be 4 to 31, but is " + cost);
        this.encoder =
                new DelegatingPasswordEncoder(
                        BCRYPT, Map.of(BCRYPT, new BCryptPasswordEncoder(cost)));
        this.nobodys = "{%s}$2a$%02d$%s".formatted(BCRYPT, cost, ".".repeat(53));
    }

    public static boolean isFit(String password) {
        return password.codePointCount(0, password.length()) >= FEWEST_CHARACTERS
                && password.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES;
    }

    public static final String RULE =
            "be at least %d characters, and at most %d bytes"
                    .formatted(FEWEST_CHARACTERS, MOST_BYTES);

    /** One to be read out, for whoever has forgotten theirs. */
    static String random() {
        return Base64.getUrlEncoder().encodeToString(KeyGenerators.secureRandom(12).generateKey());
    }

    /**
     * @param network where it comes from; empty if nobody says
     */
    Mono<String> hash(String password, String network) {
        return slowly(network, Mono.just(() -> encoder.encode(password)));
    }

    /**
     * Who is found, if the guess is right; nobody is looked for as long as there is no place. A
     * guess at nobody takes its time as well.
     */
    <T> Mono<T> match(String guess, Mono<T> found, Function<T, String> hash, String network) {
        Mono<Supplier<Optional<T>>> work =
                found.singleOptional().map(one -> () -> right(guess, one, hash));
        return slowly(network, work).flatMap(Mono::justOrEmpty);
    }

    private <T> Optional<T> right(String guess, Optional<T> found, Function<T, String> hash) {
        boolean isRight = encoder.matches(guess, found.map(hash).orElse(nobodys));
        return isRight ? found : Optional.empty();
    }

    private <T> Mono<T> slowly(String network, Mono<Supplier<T>> work) {
        return Mono.usingWhen(
                Mono.fromCallable(() -> enter(network)),
                _ ->
                        work.delayUntil(_ -> Mono.<Void>create(turn -> queue(network, turn)))
                                .map(Supplier::get),
                _ -> Mono.fromRunnable(() -> leave(network)));
    }

    /** How many places are taken. */
    public int taken() {
        return taken;
    }

    private String enter(String network) {
        synchronized (waiting) {
            if (!mayEnter(network)) {
                throw new Refusal(Problem.of(ProblemCode.BOOKING_BUSY).retryAfter(COME_BACK));
            }
            places.merge(network, 1, Integer::sum);
            taken++;
            return network;
        }
    }

    private boolean mayEnter(String network) {
        boolean hasSome = !network.isEmpty() && places.containsKey(network);
        return taken < (hasSome ? MOST_OF_ONE : MOST);
    }

    private void leave(String network) {
        synchronized (waiting) {
            places.computeIfPresent(network, (_, some) -> some > 1 ? some - 1 : null);
            taken--;
        }
    }

    private void queue(String network, MonoSink<Void> turn) {
        synchronized (waiting) {
            waiting.computeIfAbsent(network, _ -> new ArrayDeque<>()).add(turn);
        }
        hashing.schedule(() -> next().success());
    }

    private MonoSink<Void> next() {
        synchronized (waiting) {
            var first = waiting.pollFirstEntry();
            MonoSink<Void> turn = first.getValue().remove();
            if (!first.getValue().isEmpty()) {
                waiting.putLast(first.getKey(), first.getValue());
            }
            return turn;
        }
    }
}
