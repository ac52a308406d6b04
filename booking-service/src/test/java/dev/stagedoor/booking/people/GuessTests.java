package dev.stagedoor.booking.people;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.test.util.ReflectionTestUtils;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Whoever guesses at passwords or looks which accounts there are, and what others notice of that.
 */
@Timeout(60)
class GuessTests extends OneAccount {

    /** A known one costs a hash, an unknown one as well. */
    @Test
    void nobodyLearnsWhetherAnAddressIsKnown() {
        keep(guest, email, PASSWORD, null).is(204);
        long[] known = new long[5];
        long[] unknown = new long[5];
        for (int i = 0; i < 5; i++) {
            Answered[] answers = new Answered[2];
            int n = i;
            known[i] =
                    nanos(() -> answers[0] = signIn(email, "wrong password", "10.8." + n + ".1"));
            unknown[i] =
                    nanos(
                            () ->
                                    answers[1] =
                                            signIn(
                                                    "no" + email,
                                                    "wrong password",
                                                    "10.8." + n + ".1"));

            assertThat(words(answers[1])).isEqualTo(words(answers[0]));
        }
        assertThat(median(unknown)).isBetween(median(known) / 4, median(known) * 4);
    }

    @Test
    void guessesAtOneAccountMustWaitWhetherItIsThereOrNot() {
        keep(guest, email, PASSWORD, null).is(204);

        for (String one : List.of(email, "no" + email)) {
            for (int i = 0; i < 5; i++) {
                signIn(one, "wrong password " + i).is(401, "sign-in-refused");
            }
            assertThat(signIn(one, PASSWORD).is(429, "too-many-requests").header("Retry-After"))
                    .isEqualTo("1");
        }
        signIn(email, PASSWORD, "10.9.9.9").is(201);
    }

    @Test
    void guessesAtManyAccountsFromOneAddressMustWaitToo() {
        for (int i = 0; i < 30; i++) {
            signIn(i + email, "wrong password").is(401, "sign-in-refused");
        }

        signIn("new" + email, "wrong password").is(429, "too-many-requests");
    }

    /** Who sits behind the same proxy as a stranger, or is guessed at by a crowd. */
    @Test
    void guessesOfOthersKeepNobodyWaitingWhoHasShownThePasswordFromThere() {
        keep(guest, email, PASSWORD, null).is(204);
        signIn(email, PASSWORD).is(201);

        guess(36, i -> signingIn(i + email, "wrong password", address));
        guess(110, i -> signingIn(email, "wrong password", elsewhere(i / 5)));

        signIn("new" + email, "wrong password").is(429, "too-many-requests");
        signIn(email, PASSWORD, elsewhere(200)).is(429, "too-many-requests");
        signIn(email, PASSWORD).is(201);
    }

    /** A stranger there has what strangers have. */
    @Test
    void guessesFromWhereThePasswordWasShownMustWaitToo() {
        keep(guest, email, PASSWORD, null).is(204);
        signIn(email, PASSWORD).is(201);

        for (int i = 0; i < 5; i++) {
            signIn(email, "wrong password " + i).is(401, "sign-in-refused");
        }

        signIn(email, PASSWORD).is(429, "too-many-requests");
    }

    @Test
    void whoeverLooksWhichAddressesAreTakenMustWaitToo() {
        keep(guest, email, PASSWORD, null).is(204);
        Visitor other = booking.visitor(otherToken(), 0);

        for (int i = 0; i < 5; i++) {
            keep(other, email, "another password", null).is(409, "email-taken");
        }

        keep(other, email, "another password", null).is(429, "too-many-requests");
    }

    /** An account costs nothing, and whoever has one shows its password whenever they like. */
    @Test
    void whoeverLooksByManyAccountsMustWaitTooAndKeepsNobodyFromSigningIn() {
        keep(guest, email, PASSWORD, null).is(204);
        List<Integer> looks = new ArrayList<>();
        for (int account = 0; account < 8; account++) {
            Visitor other = booking.visitor(otherToken(), 0);
            keep(other, account + email, PASSWORD, null).is(204);
            signIn(account + email, PASSWORD).is(201);
            for (int i = 0; i < 4; i++) {
                looks.add(keep(other, email, PASSWORD, PASSWORD).status());
            }
        }

        assertThat(looks.subList(0, 30)).containsOnly(409);
        assertThat(looks.subList(30, 32)).containsOnly(429);
        signIn("new" + email, "wrong password").is(401, "sign-in-refused");
    }

    /** Behind a proxy that does not say from where somebody comes, nobody waits for others. */
    @Test
    void guessesFromNowhereKeepNobodyElseWaiting() {
        keep(guest, email, PASSWORD, null).is(204);
        for (int i = 0; i < 35; i++) {
            String one = "{\"email\":\"%s\",\"password\":\"a wrong one\"}".formatted(i + email);
            stranger.post("/api/v1/sign-ins", one).is(401, "sign-in-refused");
        }

        String right = "{\"email\":\"%s\",\"password\":\"%s\"}".formatted(email, PASSWORD);
        stranger.post("/api/v1/sign-ins", right).is(201);
    }

    /** A hundred who guess at once have five tries as well. */
    @Test
    void guessesAtOnceAreCountedBeforeTheyAreLookedAt() {
        keep(guest, email, PASSWORD, null).is(204);

        List<Integer> statuses = atOnce(i -> signingIn(email, "wrong password " + i, address));

        assertThat(statuses).filteredOn(status -> status == 401).hasSize(5);
        assertThat(statuses).containsOnly(401, 429);
    }

    @Test
    void guessesAtOnceAtManyAccountsAreCountedBeforeTheyAreLookedAtToo() {
        List<Integer> statuses = atOnce(i -> signingIn(i + email, "wrong password", address));

        assertThat(statuses).filteredOn(status -> status == 401).hasSize(30);
        assertThat(statuses).containsOnly(401, 429);
    }

    /** Whoever shows a right password guesses nothing, however often they do. */
    @Test
    void oneNetworkLeavesOthersPlacesToWaitAndTurns() {
        Passwords passwords = new Passwords(4);
        Scheduler hashing = (Scheduler) ReflectionTestUtils.getField(passwords, "hashing");
        List<String> hashed = new CopyOnWriteArrayList<>();
        Mono<String> here = passwords.hash(PASSWORD, "here").doOnNext(_ -> hashed.add("here"));
        Mono<String> there = passwords.hash(PASSWORD, "there").doOnNext(_ -> hashed.add("there"));
        Sinks.Empty<Void> end = Sinks.empty();
        for (int i = 0; i < Passwords.HASHING_AT_ONCE; i++) {
            hashing.schedule(() -> end.asMono().toFuture().join());
        }

        var waiting =
                Stream.generate(here::toFuture)
                        .limit(Passwords.MOST_OF_ONE + 1)
                        .collect(Collectors.toCollection(ArrayList::new));
        waiting.add(there.toFuture());
        var beyond = List.of(waiting.remove(Passwords.MOST_OF_ONE), there.toFuture());

        assertThat(waiting).noneMatch(Future::isDone);
        assertThat(beyond)
                .extracting(CompletableFuture::exceptionNow)
                .allMatch(Refusal.says(ProblemCode.BOOKING_BUSY));
        end.tryEmitEmpty();
        assertThat(waiting).allMatch(it -> it.join().startsWith("{bcrypt}"));
        assertThat(hashed.indexOf("there")).isLessThan(Passwords.MOST_OF_ONE / 2);
        assertThat(there.zipWith(there).block()).isNotNull();
    }

    /** Who is told to come back has cost no more than that, whether they are known or not. */
    @Test
    void nobodyIsLookedForBeforeThereIsAPlace() {
        Passwords passwords = new Passwords(4);
        AtomicInteger looks = new AtomicInteger();
        Mono<String> slow = Mono.<String>never().doOnSubscribe(_ -> looks.incrementAndGet());

        var guesses =
                IntStream.rangeClosed(0, Passwords.MOST)
                        .mapToObj(i -> matching(passwords, slow, "network " + i).toFuture())
                        .toList();

        assertThat(looks).hasValue(Passwords.MOST);
        assertThat(guesses.getLast().exceptionNow())
                .matches(Refusal.says(ProblemCode.BOOKING_BUSY));
        guesses.getFirst().cancel(true);
        Mono<String> away = Mono.error(new IllegalStateException("no database"));
        assertThatThrownBy(matching(passwords, away, "there")::block).hasMessage("no database");
        String hash = passwords.hash(PASSWORD, "there").block();
        assertThat(matching(passwords, Mono.just(hash), "there").block()).isEqualTo(hash);
    }

    /** Whatever thread it was looked up on. */
    @Test
    void passwordsAreComparedOnThreadsOfTheirOwn() {
        Passwords passwords = new Passwords(4);
        String hash = passwords.hash(PASSWORD, "").block();
        Mono<String> found = Mono.just(hash).publishOn(Schedulers.parallel());

        assertThat(
                        matching(passwords, found, "")
                                .map(_ -> Thread.currentThread().getName())
                                .block())
                .startsWith("sign-ins");
    }

    private static Mono<String> matching(Passwords passwords, Mono<String> found, String network) {
        return passwords.match(PASSWORD, found, Function.identity(), network);
    }

    /** Who comes later than can be hashed in a few seconds is told so, and the sale goes on. */
    @Test
    void aFloodOfSignInsIsTurnedAwayAndTakesNothingFromTheSale() {
        ScheduleId schedule = booking.schedule();
        int[] networks = IntStream.range(0, 300).toArray();

        var flood =
                Flux.fromStream(Arrays.stream(networks).boxed())
                        .flatMap(
                                i ->
                                        signingIn(
                                                i + email,
                                                "wrong password",
                                                "10.%d.%d.1".formatted(100 + i / 250, i % 250)),
                                300)
                        .collectList()
                        .toFuture();
        Visitor buyer = booking.visitor();
        Duration longer = Beside.longer(booking, () -> buyer.reserve(schedule, 1).is(201));

        List<Answered> answers = flood.join();
        assertThat(answers)
                .filteredOn(it -> it.status() == 503)
                .isNotEmpty()
                .allSatisfy(
                        it ->
                                assertThat(it.is(503, "booking-busy").header("Retry-After"))
                                        .matches("[1-5]"));
        assertThat(answers).filteredOn(it -> it.status() == 401).isNotEmpty();
        assertThat(longer).isLessThan(Duration.ofSeconds(3));
    }
}
