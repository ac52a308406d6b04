package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Sweeping;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Redis and PostgreSQL die, freeze, dawdle and come back; these servers are this test's own. */
@OwnServers
@Timeout(120)
class DisasterTests {

    private static EmbeddedRedis redis;
    private static EmbeddedPostgres postgres;
    private static Booking booking;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        postgres = EmbeddedPostgres.start();
        booking =
                Booking.start(
                        redis.url(),
                        postgres.database(),
                        Booking.MANAGED,
                        "--spring.r2dbc.pool.max-size=8",
                        "--stagedoor.booking.sweeper.batch=10");
    }

    @AfterAll
    static void stopEverything() {
        booking.close();
        postgres.close();
        redis.close();
    }

    @Test
    void bookingsGoOnWhileRedisIsDead() {
        locksAreTakenAgain();
        redis.kill();
        try {
            ScheduleId schedule = booking.schedule();

            List<Answered> answers = crowdOn(schedule, 100);

            assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
            assertThat(answers).allMatch(it -> it.status() == 201 || it.status() == 409);
            Audits.everythingIsWellIn(booking);
        } finally {
            redis.restart();
        }
        locksAreTakenAgain();
    }

    @Test
    void bookingsGoOnWhileRedisIsFrozen() {
        locksAreTakenAgain();
        redis.freeze();
        try {
            ScheduleId schedule = booking.schedule();
            Visitor visitor = booking.visitor();

            Duration longer = Beside.longer(booking, () -> visitor.reserve(schedule, 1).is(201));

            assertThat(longer).isLessThan(Duration.ofSeconds(2));
            assertThat(crowdOn(schedule, 50)).noneMatch(it -> it.status() >= 500);
            Audits.everythingIsWellIn(booking);
        } finally {
            redis.thaw();
        }
        locksAreTakenAgain();
    }

    @Test
    void postgresDiesUnderLoadAndEverythingIsToldTruly() throws Exception {
        ScheduleId schedule = booking.schedule(800, 800);
        List<Visitor> visitors =
                Flux.range(0, 20).map(_ -> booking.visitor()).collectList().block();
        visitors.forEach(visitor -> visitor.charge(10_000_000).is(201));
        ConcurrentLinkedQueue<Told> told = new ConcurrentLinkedQueue<>();
        var load =
                Flux.range(1, 800)
                        .flatMap(
                                seat ->
                                        journey(visitors.get(seat % 20), schedule, seat)
                                                .doOnNext(told::add),
                                20)
                        .then()
                        .toFuture();

        await().until(() -> told.stream().filter(it -> it.status == 201).count() > 100);
        postgres.kill();
        await().until(() -> told.stream().anyMatch(it -> it.status == 503));
        postgres.restart();
        Duration recovered = Beside.longerUntilServed(booking);
        load.get();

        assertThat(recovered).isLessThan(Duration.ofSeconds(5));
        assertThat(told).allMatch(it -> it.status == 201 || it.status == 503 || it.status == 409);
        assertThat(told).anyMatch(it -> it.status == 503);
        everyRetryTellsTheSame(told);
        Audits.everythingIsWellIn(booking);
    }

    /** Two seconds for a statement and one for the rest; here one more. */
    @Test
    void postgresFreezesAndNobodyWaitsForIt() throws Exception {
        ScheduleId schedule = booking.schedule(800, 800);
        List<Visitor> visitors =
                Flux.range(0, 40).map(_ -> booking.visitor()).collectList().block();
        ConcurrentLinkedQueue<Told> told = new ConcurrentLinkedQueue<>();
        var load =
                Flux.range(1, 800)
                        .flatMap(
                                seat ->
                                        journey(visitors.get(seat % 40), schedule, seat)
                                                .doOnNext(told::add),
                                30)
                        .then()
                        .toFuture();

        await().pollInterval(Duration.ofMillis(10))
                .until(() -> told.stream().filter(it -> it.status == 201).count() > 50);
        postgres.freeze();
        Beside beside = Beside.answersOf(booking);
        Instant frozen = Instant.now();
        Duration recovered;
        try {
            // Three times thirty, of whom each may wait for three seconds.
            await().until(() -> told.stream().filter(it -> it.since(frozen)).count() > 80);
            assertThat(visitors.getFirst().get("/api/v1/balance").status()).isEqualTo(503);
        } finally {
            postgres.thaw();
            recovered = Beside.longerUntilServed(booking);
        }
        load.get();
        Duration longest = Duration.ofSeconds(4).plus(beside.slowest());

        assertThat(told)
                .filteredOn(it -> it.since(frozen))
                .allMatch(it -> it.waited(frozen).compareTo(longest) < 0);
        assertThat(recovered).isLessThan(Duration.ofSeconds(5));
        assertThat(told).allMatch(it -> it.status == 201 || it.status == 503 || it.status == 409);
        assertThat(told).anyMatch(it -> it.status == 503);
        everyRetryTellsTheSame(told);
        nothingIsOngoing();
        Audits.everythingIsWellIn(booking);
    }

    private static void nothingIsOngoing() {
        MeterRegistry meters = booking.bean(MeterRegistry.class);
        assertThat(meters.get("stagedoor.booking.writes.ongoing").gauge().value()).isZero();
        assertThat(
                        meters.get("r2dbc.pool.acquired")
                                .tag("name", "connectionFactory")
                                .gauge()
                                .value())
                .isZero();
    }

    @Test
    void connectionsThatAreCutDuringPaymentsPayOnce() throws Exception {
        ScheduleId schedule = booking.schedule(200, 200);
        List<Bill> bills =
                Flux.range(1, 100).map(seat -> bill(schedule, seat)).collectList().block();

        Mono<Void> cutting =
                Flux.interval(Duration.ofMillis(15)).take(20).doOnNext(_ -> cutAll()).then();
        Mono<List<Answered>> paying =
                Flux.fromIterable(bills)
                        .delayElements(Duration.ofMillis(3))
                        .flatMap(Bill::paying, 16)
                        .collectList();
        List<Answered> answers = Mono.zip(paying, cutting.thenReturn(1)).block().getT1();
        await().ignoreExceptions().until(() -> bills.getFirst().visitor.balance() >= 0);

        assertThat(answers).allMatch(it -> it.status() == 201 || it.status() == 503);
        List<Answered> settled =
                Flux.fromIterable(bills).flatMap(Bill::paying, 8).collectList().block();

        assertThat(settled).allMatch(it -> it.status() == 201);
        assertThat(bills).allMatch(it -> it.visitor.balance() == 10_000);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void aShowThatIsBeingCancelledWhenPostgresDiesIsPaidBackOnce() throws Exception {
        ScheduleId schedule = booking.schedule(300, 300);
        List<Visitor> buyers = Flux.range(0, 10).map(_ -> booking.visitor()).collectList().block();
        buyers.forEach(buyer -> buyer.charge(2_000_000).is(201));
        Flux.range(0, 10)
                .flatMap(
                        i ->
                                Flux.range(0, 30)
                                        .concatMap(
                                                n ->
                                                        bought(
                                                                buyers.get(i),
                                                                schedule,
                                                                10 * n + i + 1),
                                                1),
                        10)
                .blockLast();
        new Admin(booking)
                .post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"rain\"}")
                .is(200);

        stopAt(100);
        var settling = booking.bean(Sweeping.class).settle().toFuture();
        await().until(() -> refunds() > 0);
        postgres.kill();
        assertThat(settling.handle((_, error) -> error).get()).isNotNull();
        postgres.restart();
        await().ignoreExceptions().until(() -> buyers.getFirst().balance() >= 0);
        assertThat(refunds()).as("the middle").isBetween(10L, 299L);
        booking.sql("DROP TRIGGER dawdle ON refund");
        await().ignoreExceptions()
                .until(() -> booking.bean(Sweeping.class).settle().block() != null);

        assertThat(refunds()).isEqualTo(300);
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM account WHERE balance = 2000000 AND entries ="
                                        + " 61"))
                .isEqualTo(10);
        Audits.everythingIsWellIn(booking);
    }

    /** Whoever pays so many back stands still: nothing is over before somebody has looked. */
    private static void stopAt(int refunds) {
        booking.sql(
                """
                CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF (SELECT count(*) FROM refund) >= %d THEN
                        PERFORM pg_sleep(30);
                    END IF;
                    RETURN NEW;
                END $$
                """
                        .formatted(refunds));
        booking.sql(
                "CREATE TRIGGER dawdle BEFORE INSERT ON refund FOR EACH ROW EXECUTE FUNCTION"
                        + " dawdle()");
    }

    private static long refunds() {
        return booking.number("SELECT count(*) FROM refund");
    }

    private static Mono<Answered> bought(Visitor buyer, ScheduleId schedule, int seat) {
        return buyer.reserving(schedule, null, seat)
                .flatMap(it -> buyer.paying(it.is(201).text("reservationId")))
                .doOnNext(it -> it.is(201));
    }

    private static Bill bill(ScheduleId schedule, int seat) {
        Visitor visitor = booking.visitor();
        visitor.charge(60_000).is(201);
        return new Bill(visitor, visitor.reserve(schedule, seat).is(201).text("reservationId"));
    }

    private record Bill(Visitor visitor, String reservation) {
        Mono<Answered> paying() {
            return visitor.paying(reservation, "Idempotency-Key", reservation);
        }
    }

    private static Mono<Told> journey(Visitor visitor, ScheduleId schedule, int seat) {
        String key = UUID.randomUUID().toString();
        return Mono.fromSupplier(Instant::now)
                .flatMap(
                        begun ->
                                visitor.reserving(schedule, key, seat)
                                        .map(
                                                it ->
                                                        new Told(
                                                                visitor, schedule, seat, key, begun,
                                                                it)))
                .delayUntil(
                        it -> it.status == 503 ? Mono.delay(Duration.ofMillis(100)) : Mono.empty());
    }

    /**
     * What was held stays so, byte for byte; what was unknown is settled now. One by one for each.
     */
    private static void everyRetryTellsTheSame(Iterable<Told> told) {
        Flux.fromIterable(told)
                .groupBy(it -> it.visitor)
                .flatMap(ofOne -> ofOne.concatMap(DisasterTests::retry), 100)
                .then()
                .block();
    }

    private static Mono<Answered> retry(Told told) {
        return told.retried().doOnNext(again -> isNoLie(told, again));
    }

    private static void isNoLie(Told told, Answered again) {
        assertThat(again.status()).as(again.body()).isIn(201, told.status);
        if (told.status == 201) {
            assertThat(again.bytes()).isEqualTo(told.body);
        }
    }

    private static List<Answered> crowdOn(ScheduleId schedule, int users) {
        List<Visitor> visitors =
                Flux.range(0, 10).map(_ -> booking.visitor()).collectList().block();
        return Flux.range(0, users)
                .flatMap(i -> visitors.get(i % 10).reserving(schedule, null, 9), users)
                .collectList()
                .block();
    }

    private static void locksAreTakenAgain() {
        ScheduleId schedule = booking.schedule(1_000, 1_000);
        Visitor visitor = booking.visitor();
        double before = taken();
        var seats = Flux.range(1, 1_000).toIterable().iterator();
        await().until(
                        () -> {
                            visitor.reserve(schedule, seats.next());
                            return taken() > before;
                        });
    }

    private static double taken() {
        return booking.bean(MeterRegistry.class)
                .get("stagedoor.booking.seat.lock")
                .tag("outcome", "taken")
                .counter()
                .count();
    }

    private static void cutAll() {
        booking.number(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """);
    }

    private record Told(
            Visitor visitor,
            ScheduleId schedule,
            int seat,
            String key,
            Instant begun,
            Instant answered,
            int status,
            byte[] body) {

        Told(
                Visitor visitor,
                ScheduleId schedule,
                int seat,
                String key,
                Instant begun,
                Answered answer) {
            this(
                    visitor,
                    schedule,
                    seat,
                    key,
                    begun,
                    Instant.now(),
                    answer.status(),
                    answer.bytes());
        }

        boolean since(Instant moment) {
            return answered.isAfter(moment);
        }

        Duration waited(Instant since) {
            return Duration.between(begun.isAfter(since) ? begun : since, answered);
        }

        Mono<Answered> retried() {
            return Visitor.served(visitor.reserving(schedule, key, seat));
        }
    }
}
