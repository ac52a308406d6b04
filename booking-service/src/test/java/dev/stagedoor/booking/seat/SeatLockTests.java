package dev.stagedoor.booking.seat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedis;

import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/** Of two instances on one Redis: what one of them is claiming, the other leaves alone. */
@Timeout(60)
class SeatLockTests {

    private static final ScheduleId SHOW = new ScheduleId(7_001);
    private static final Mono<String> SOLD = Mono.just("sold");

    @Test
    void turnsAwayWhoeverWantsASeatThatAnotherInstanceIsClaiming() {
        onTwoInstances(
                (here, there) -> {
                    double skipped = outcomes(here, "skipped") + outcomes(there, "skipped");
                    try (Claim _ = new Claim(lockOf(here), null, 2, 3)) {
                        assertRefused(ProblemCode.SEAT_CONTENDED, claimed(there, null, 1, 2, 4));
                        assertThat(outcomes(there, "contended")).isEqualTo(1);

                        assertThat(claimed(here, null, 1).block())
                                .as("the seat that was taken before the one that was not")
                                .isEqualTo("sold");
                    }
                    assertThat(claimed(there, null, 1, 2).block()).isEqualTo("sold");
                    assertThat(outcomes(here, "skipped") + outcomes(there, "skipped"))
                            .as("without Redis, since there was one")
                            .isEqualTo(skipped);
                });
    }

    /** Out of its own memory, in which nothing of whoever is turned away is left. */
    @Test
    void turnsAwayWhoeverWantsASeatThatThisInstanceIsClaiming() {
        locks().withPropertyValues("stagedoor.booking.lock.redis=false")
                .run(
                        here -> {
                            try (Claim _ = new Claim(lockOf(here), null, 2, 3)) {
                                assertRefused(
                                        ProblemCode.SEAT_CONTENDED, claimed(here, null, 1, 2));
                                assertRefused(
                                        ProblemCode.SEAT_CONTENDED, claimed(here, null, 1, 2));
                                assertThat(claimed(here, null, 1).block()).isEqualTo("sold");
                                assertThat(ofAnotherShow(here, 2).block()).isEqualTo("sold");
                            }
                            assertThat(claimed(here, null, 2, 3).block()).isEqualTo("sold");
                            assertThat(outcomes(here, "contended")).isEqualTo(2);
                        });
    }

    /** It has answered, so that nothing is done without the locks. */
    @Test
    void takesRedisForThereWhenALeaseWasOverBeforeTheWork() {
        locks().run(
                        here -> {
                            RedisOfTheLocksTests.locksSeats(here);
                            double skipped = outcomes(here, "skipped");
                            try (Claim _ = new Claim(lockOf(here), null, 6)) {
                                here.getBean(RedisLink.class)
                                        .client()
                                        .orElseThrow()
                                        .getKeys()
                                        .delete("booking:seat:" + SHOW + ":6")
                                        .block();
                            }

                            assertThat(outcomes(here, "not-released")).isEqualTo(1);
                            assertThat(claimed(here, null, 6).block()).isEqualTo("sold");
                            assertThat(outcomes(here, "skipped")).isEqualTo(skipped);
                        });
    }

    /** Or an alert that says so would never go quiet where nobody wants a lock in Redis. */
    @ParameterizedTest
    @ValueSource(strings = {"lock.redis", "lock.enabled"})
    void countsNothingAsSkippedWhereThereIsNothingToSkip(String setting) {
        locks().withPropertyValues("stagedoor.booking." + setting + "=false")
                .run(
                        here -> {
                            assertThat(claimed(here, null, 4).block()).isEqualTo("sold");
                            assertThat(outcomes(here, "skipped")).isZero();
                            assertThat(outcomes(here, "taken")).isZero();
                        });
    }

    @Test
    void tellsARequestThatItsTwinIsUnderWayOnAnotherInstance() {
        onTwoInstances(
                (here, there) -> {
                    try (Claim _ = new Claim(lockOf(here), "one and the same", 5)) {
                        assertRefused(
                                ProblemCode.IDEMPOTENCY_IN_PROGRESS,
                                claimed(there, "one and the same", 5));
                        assertRefused(ProblemCode.SEAT_CONTENDED, claimed(there, "another", 5));
                    }
                });
    }

    /** They may try, but claim nothing meanwhile, and do not wait for who does. */
    @Test
    void turnsAwayWhoeverWasJustRefusedFromASeatThatIsBeingClaimed() {
        onTwoInstances(
                (here, _) -> {
                    SeatLock lock = lockOf(here);
                    UserId refused = UserId.random();
                    Mono<String> taken = Refusal.because(ProblemCode.SEAT_TAKEN);
                    assertRefused(ProblemCode.SEAT_TAKEN, claimed(lock, refused, null, taken, 8));

                    try (Claim _ = new Claim(lock, null, 9)) {
                        assertRefused(
                                ProblemCode.SEAT_CONTENDED, claimed(lock, refused, null, SOLD, 9));
                        assertThat(claimed(lock, refused, null, SOLD, 8).block()).isEqualTo("sold");
                    }
                });
    }

    /** Some who take turns could keep a seat from everybody else, and never have it. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "6, 32", "7, 60", "20, 60"})
    void leavesWhoeverIsRefusedAgainWithoutAClaimForLonger(int times, int seconds) {
        Duration longest = Duration.ofSeconds(seconds);
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        locks().withBean(InstantSource.class, () -> now::get)
                .run(
                        here -> {
                            RedisOfTheLocksTests.locksSeats(here);
                            SeatLock lock = lockOf(here);
                            UserId refused = UserId.random();
                            Mono<String> taken = Refusal.because(ProblemCode.SEAT_TAKEN);
                            for (int i = 0; i < times; i++) {
                                assertRefused(
                                        ProblemCode.SEAT_TAKEN,
                                        claimed(lock, refused, null, taken, 8));
                            }

                            now.set(Instant.EPOCH.plus(longest).minusMillis(1));
                            assertThat(keepsASeat(lock, refused)).isFalse();
                            now.set(Instant.EPOCH.plus(longest));
                            assertThat(keepsASeat(lock, refused)).isTrue();
                        });
    }

    private static boolean keepsASeat(SeatLock lock, UserId user) {
        try (Claim _ = new Claim(lock, user, null, 9)) {
            return claimed(lock, UserId.random(), null, SOLD, 9)
                    .thenReturn(false)
                    .onErrorReturn(Refusal.says(ProblemCode.SEAT_CONTENDED), true)
                    .block();
        }
    }

    /** Its reply is not read any more: it would last for its lease. */
    @Test
    void letsGoOfALockThatRedisGivesTooLate() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            ApplicationContextRunner locks =
                    RedisOfTheLocksTests.locks()
                            .withPropertyValues(
                                    "spring.data.redis.url=" + redis.url(),
                                    "stagedoor.booking.lock.lease=10m");
            locks.run(
                    here -> {
                        RedisOfTheLocksTests.locksSeats(here);
                        redis.freeze();
                        assertThat(claimed(here, null, 5).block()).isEqualTo("sold");
                        redis.thaw();

                        locks.run(
                                there -> {
                                    RedisOfTheLocksTests.locksSeats(there);
                                    await().ignoreExceptionsMatching(
                                                    Refusal.says(ProblemCode.SEAT_CONTENDED)::test)
                                            .until(() -> isLocked(there, 5));
                                });
                    });
        }
    }

    private static boolean isLocked(ApplicationContext instance, int seat) {
        double before = outcomes(instance, "taken");
        claimed(instance, null, seat).block();
        return outcomes(instance, "taken") > before;
    }

    /** Of somebody who takes until this is closed. */
    private static final class Claim implements AutoCloseable {

        private final Sinks.Empty<String> end = Sinks.empty();
        private final CompletableFuture<String> claim;

        Claim(SeatLock lock, @Nullable String twins, Integer... seats) {
            this(lock, UserId.random(), twins, seats);
        }

        Claim(SeatLock lock, UserId user, @Nullable String twins, Integer... seats) {
            CompletableFuture<Void> begun = new CompletableFuture<>();
            Mono<String> work = end.asMono().doOnSubscribe(_ -> begun.complete(null));
            claim = claimed(lock, user, twins, work, seats).toFuture();
            begun.join();
        }

        @Override
        public void close() {
            end.emitEmpty(Sinks.EmitFailureHandler.FAIL_FAST);
            claim.join();
        }
    }

    private static void onTwoInstances(BiConsumer<ApplicationContext, ApplicationContext> stories) {
        locks().run(
                        here ->
                                locks().run(
                                                there -> {
                                                    RedisOfTheLocksTests.locksSeats(here);
                                                    RedisOfTheLocksTests.locksSeats(there);
                                                    stories.accept(here, there);
                                                }));
    }

    private static ApplicationContextRunner locks() {
        return RedisOfTheLocksTests.locks()
                .withPropertyValues(
                        "spring.data.redis.url=" + DevServices.redisUrl(),
                        "stagedoor.booking.lock.timeout=10s");
    }

    private static SeatLock lockOf(ApplicationContext instance) {
        return instance.getBean(SeatLock.class);
    }

    private static Mono<String> claimed(
            ApplicationContext instance, @Nullable String twins, Integer... seats) {
        return claimed(lockOf(instance), UserId.random(), twins, SOLD, seats);
    }

    private static Mono<String> ofAnotherShow(ApplicationContext instance, int seat) {
        return lockOf(instance)
                .holding(
                        new ScheduleId(7_002),
                        new TreeSet<>(List.of(seat)),
                        UserId.random(),
                        null,
                        SOLD);
    }

    private static Mono<String> claimed(
            SeatLock lock,
            UserId user,
            @Nullable String twins,
            Mono<String> work,
            Integer... seats) {
        return lock.holding(SHOW, new TreeSet<>(List.of(seats)), user, twins, work);
    }

    private static void assertRefused(ProblemCode why, Mono<String> claim) {
        assertThatThrownBy(claim::block).matches(Refusal.says(why), why.code());
    }

    private static double outcomes(ApplicationContext instance, String outcome) {
        return instance.getBean(MeterRegistry.class)
                .get("stagedoor.booking.seat.lock")
                .tag("outcome", outcome)
                .counter()
                .count();
    }
}
