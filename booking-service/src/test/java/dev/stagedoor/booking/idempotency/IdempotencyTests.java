package dev.stagedoor.booking.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Sweeping;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;

import java.sql.Connection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** The same key, once more. */
@Timeout(60)
class IdempotencyTests {

    private static final String KEY = "Idempotency-Key";

    private final Booking booking = Booking.shared();
    private final ScheduleId schedule = booking.schedule();
    private final Visitor visitor = booking.visitor();
    private final String key = UUID.randomUUID().toString();

    @Test
    void answersAReservationByteForByte() {
        Answered first = visitor.reserving(schedule, key, 1, 2).block().is(201);

        Answered again = visitor.reserving(schedule, key, 1, 2).block().is(201);

        assertThat(again.bytes()).isEqualTo(first.bytes());
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(first.header("Idempotency-Replayed")).isNull();
        assertThat(visitor.get("/api/v1/reservations").at("reservations")).hasSize(1);
    }

    @Test
    void chargesOnceAndPaysOnceAndRefundsOnce() {
        visitor.charge(70_000, KEY, key + "a").is(201);
        Answered charged = visitor.charge(70_000, KEY, key + "a").is(201);
        String reservation = visitor.reserve(schedule, 1).text("reservationId");

        Answered paid = visitor.pay(reservation, KEY, key + "b").is(201);
        Answered paidAgain = visitor.pay(reservation, KEY, key + "b").is(201);
        Answered refunded = visitor.refund(paid.text("paymentId"), KEY, key + "c").is(200);
        Answered refundedAgain = visitor.refund(paid.text("paymentId"), KEY, key + "c").is(200);

        assertThat(charged.number("balance")).isEqualTo(70_000);
        assertThat(charged.header("Stagedoor-Session")).isNull();
        assertThat(refunded.number("balanceAfter")).isEqualTo(70_000);
        assertThat(paidAgain.bytes()).isEqualTo(paid.bytes());
        assertThat(paidAgain.header("Stagedoor-Session")).isEqualTo("complete");
        assertThat(refundedAgain.bytes()).isEqualTo(refunded.bytes());
        assertThat(visitor.balance()).isEqualTo(70_000);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void refusesAnotherBodyAndAnotherPathUnderTheSameKey() {
        visitor.charge(1_000, KEY, key).is(201);

        visitor.charge(2_000, KEY, key).is(422, "idempotency-key-reused");
        visitor.reserving(schedule, key, 1).block().is(422, "idempotency-key-reused");
        assertThat(visitor.balance()).isEqualTo(1_000);
    }

    /** Neither of which has a body. */
    @Test
    void paysNothingElseUnderTheKeyOfAnotherPayment() {
        visitor.charge(100_000).is(201);
        String one = visitor.reserve(schedule, 1).text("reservationId");
        String other = visitor.reserve(schedule, 2).text("reservationId");
        visitor.pay(one, KEY, key).is(201);

        visitor.pay(other, KEY, key).is(422, "idempotency-key-reused");

        assertThat(visitor.balance()).isEqualTo(50_000);
    }

    /** By this the lock of a seat knows twins on other instances. */
    @Test
    void makesTwinsOfRequestsOfOneUserWithOneKey() {
        UserId user = visitor.user();
        String twins = twins(user, "one");

        assertThat(twins(user, "one")).isEqualTo(twins);
        assertThat(twins(user, "two")).isNotEqualTo(twins);
        assertThat(twins(UserId.random(), "one")).isNotEqualTo(twins);
        assertThat(twins(user, null)).isNull();
    }

    private static @Nullable String twins(UserId user, @Nullable String key) {
        return new Request(user, null, key, new byte[0]).twins();
    }

    @Test
    void takesTheSameWishWrittenOtherwiseForTheSame() {
        visitor.charge(1_000, KEY, key).is(201);

        visitor.post("/api/v1/balance/charges", "{ \"amount\" : 1000, \"note\": 1 }", KEY, key)
                .is(201);
        visitor.charge(1_000, KEY, '"' + key + '"').is(201);

        assertThat(visitor.balance()).isEqualTo(1_000);
    }

    @Test
    void belongsToItsUser() throws Exception {
        Visitor other = booking.visitor();
        try (Connection charging = booking.connect();
                var statement = charging.createStatement()) {
            charging.setAutoCommit(false);
            statement.execute(
                    "SELECT charge('%s', '%s', '', 1000)".formatted(visitor.user().uuid(), key));
            other.charge(2_000, KEY, key).is(201);
            charging.commit();
        }

        other.charge(2_000, KEY, key).is(201);

        assertThat(visitor.balance()).isEqualTo(1_000);
        assertThat(other.balance()).isEqualTo(2_000);
    }

    @Test
    void isNotUsedUpByARefusal() {
        String reservation = visitor.reserve(schedule, 1).text("reservationId");
        visitor.pay(reservation, KEY, key).is(422, "insufficient-balance");
        visitor.charge(50_000).is(201);

        visitor.pay(reservation, KEY, key).is(201);
    }

    @Test
    void letsOneOfManyTwinsThroughAndTellsTheOthers() {
        List<Answered> twins =
                Flux.range(0, 30)
                        .flatMap(
                                _ ->
                                        visitor.send(
                                                "POST",
                                                "/api/v1/balance/charges",
                                                "{\"amount\":1000}",
                                                KEY,
                                                key),
                                30)
                        .collectList()
                        .block();

        assertThat(visitor.balance()).isEqualTo(1_000);
        assertThat(twins)
                .allSatisfy(
                        twin -> {
                            if (twin.status() != 201) {
                                twin.is(409, "idempotency-in-progress");
                                assertThat(twin.header("Retry-After")).isEqualTo("1");
                            }
                        });
        assertThat(twins).anyMatch(twin -> twin.status() == 201);
    }

    @Test
    void letsOneOfManyReservingTwinsThrough() {
        List<Answered> twins =
                Flux.range(0, 30)
                        .flatMap(_ -> visitor.reserving(schedule, key, 9), 30)
                        .collectList()
                        .block();

        assertThat(twins)
                .allSatisfy(
                        twin -> {
                            if (twin.status() != 201) {
                                twin.is(409, "idempotency-in-progress");
                            }
                        });
        assertThat(visitor.get("/api/v1/reservations").at("reservations")).hasSize(1);
    }

    /** On another instance nothing is remembered: there PostgreSQL tells the twin. */
    @Test
    void letsOneOfTwinsOnTwoInstancesThrough() {
        List<Visitor> both = List.of(visitor, Booking.beside().visitor(visitor.user()));
        for (int round = 1; round <= 20; round++) {
            String each = key + round;

            List<Answered> twins =
                    Flux.range(0, 6)
                            .flatMap(
                                    i ->
                                            both.get(i % 2)
                                                    .send(
                                                            "POST",
                                                            "/api/v1/balance/charges",
                                                            "{\"amount\":1000}",
                                                            KEY,
                                                            each),
                                    6)
                            .collectList()
                            .block();

            assertThat(twins).allMatch(it -> it.status() == 201 || it.status() == 409);
            assertThat(visitor.balance()).isEqualTo(round * 1_000L);
        }
        Audits.everythingIsWellIn(booking);
    }

    /** The twin hears of its twin, not of a stranger who takes its seat. */
    @Test
    void letsOneOfReservingTwinsOnTwoInstancesThroughAndTellsTheOthersWhy() {
        ScheduleId large = booking.schedule(20, 20);
        List<Visitor> both = List.of(visitor, Booking.beside().visitor(visitor.user()));
        for (int round = 1; round <= 20; round++) {
            String each = key + round;
            int seat = round;

            List<Answered> twins =
                    Flux.range(0, 6)
                            .flatMap(i -> both.get(i % 2).reserving(large, each, seat), 6)
                            .collectList()
                            .block();

            assertThat(twins)
                    .filteredOn(it -> it.status() != 201)
                    .allSatisfy(it -> it.is(409, "idempotency-in-progress"));
            assertThat(twins).anyMatch(it -> it.status() == 201);
            assertThat(visitor.get("/api/v1/reservations").at("reservations")).hasSize(round);
        }
        Audits.everythingIsWellIn(booking);
    }

    /** Else whoever gives back the same hold under ever new keys leaves a row each time. */
    @Test
    void isNotKeptWhereNothingWasDone() {
        String reservation = visitor.reserve(schedule, 1).text("reservationId");
        String path = "/api/v1/reservations/" + reservation;
        visitor.delete(path, KEY, key).is(204);

        visitor.delete(path, KEY, key + "b").is(204);
        visitor.delete(path, KEY, key + "c").is(204);

        assertThat(visitor.delete(path, KEY, key).is(204).header("Idempotency-Replayed"))
                .isEqualTo("true");
        assertThat(keptAnswers()).isEqualTo(1);
    }

    /** By keys or without: the ledger is kept for ever. Two at once are not both the last. */
    @Test
    void chargesFiveHundredTimesInAnHour() throws Exception {
        String buyer = visitor.user().uuid().toString();
        String charge = "SELECT charge('%s', NULL, NULL, 1)".formatted(buyer);
        booking.sql(charge + " FROM generate_series(1, 499)");

        try (Connection last = booking.connect();
                var statement = last.createStatement()) {
            last.setAutoCommit(false);
            statement.execute(charge);
            var beyond = CompletableFuture.supplyAsync(() -> booking.text(charge));
            booking.awaitLockOf("charge");
            last.commit();
            assertThat(beyond.join()).startsWith("(too-many-requests,");
        }

        Answered refused = visitor.charge(1, KEY, key).is(429, "too-many-requests");
        assertThat(refused.header("Retry-After")).isEqualTo("60");
        assertThat(visitor.balance()).isEqualTo(500);
        assertThat(keptAnswers()).isZero();
        booking.sql(
                """
                SET session_replication_role = replica;
                UPDATE ledger_entry SET created_at = created_at - interval '1 hour' WHERE user_id = ?
                """,
                visitor.user().uuid());
        visitor.charge(1, KEY, key).is(201);
        Audits.everythingIsWellIn(booking);
    }

    private long keptAnswers() {
        return booking.number(
                "SELECT count(*) FROM kept_answer WHERE user_id = ?", visitor.user().uuid());
    }

    @Test
    void mustBeAKey() {
        visitor.charge(1_000, KEY, "x".repeat(256)).is(400, "validation-failed");
        visitor.charge(1_000, KEY, "two words").is(400, "validation-failed");
        visitor.charge(1_000, KEY, "").is(400, "validation-failed");
        visitor.charge(1_000, KEY, "\"\"").is(400, "validation-failed");
        assertThat(visitor.balance()).isZero();
    }

    @Test
    void allThatAreOldAreForgottenAtOnce() {
        booking.sql(
                """
                INSERT INTO kept_answer
                       (user_id, key, fingerprint, status, completes_session, body, created_at)
                SELECT gen_random_uuid(), 'old', '', 201, false, '', now() - interval '25 hours'
                FROM generate_series(1, 3000)
                """);

        assertThat(booking.bean(Sweeping.class).forgetOldAnswers().block())
                .isGreaterThanOrEqualTo(3_000);
        assertThat(booking.number("SELECT count(*) FROM kept_answer WHERE key = 'old'")).isZero();
    }

    @Test
    void isForgottenAfterADay() {
        visitor.charge(1_000, KEY, key).is(201);
        booking.sql(
                "UPDATE kept_answer SET created_at = now() - interval '25 hours' WHERE key = ?",
                key);

        booking.bean(Sweeping.class).forgetOldAnswers().block();

        visitor.charge(1_000, KEY, key).is(201);
        assertThat(visitor.balance()).isEqualTo(2_000);
    }
}
