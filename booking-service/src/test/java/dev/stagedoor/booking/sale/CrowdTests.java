package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Request;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.UserId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Many want the same; with the lock, without it, and on two instances of the service. */
@Isolated
@Timeout(120)
class CrowdTests {

    private static final Set<String> REFUSALS = Set.of("seat-taken", "seat-contended");

    private final Booking booking = Booking.shared();

    @Test
    void aThousandUsersWantOneSeatAndOneGetsIt() {
        oneSeatFor(1_000, List.of(booking));
    }

    @Test
    void withoutTheLockOneGetsItToo() {
        oneSeatFor(300, List.of(Unlocked.BOOKING));
    }

    @Test
    void onTwoInstancesOneGetsItToo() {
        oneSeatFor(300, List.of(booking, Unlocked.BOOKING));
    }

    @Test
    void fiveHundredUsersWantFiftySeatsAndFiftyGetOne() {
        fiftySeatsFor(500, List.of(booking));
    }

    @Test
    void withoutTheLockFiftyGetOneToo() {
        fiftySeatsFor(500, List.of(Unlocked.BOOKING));
    }

    @Test
    void onTwoInstancesFiftyGetOneToo() {
        fiftySeatsFor(500, List.of(booking, Unlocked.BOOKING));
    }

    @Test
    void overlappingReservationsInOppositeOrdersNeitherBlockNorHalve() {
        ScheduleId schedule = booking.schedule(20, 20);
        List<Visitor> visitors = visitors(200, List.of(booking, Unlocked.BOOKING));
        Random random = new Random(42);

        List<Answered> answers =
                atOnce(visitors, it -> it.reserving(schedule, null, someOf(20, random)));

        List<Answered> held = answers.stream().filter(it -> it.status() == 201).toList();
        long seats = held.stream().mapToLong(it -> it.at("tickets").size()).sum();
        assertThat(answers).allSatisfy(CrowdTests::isHeldOrRefused);
        assertThat(held).isNotEmpty();
        assertThat(live(schedule)).isEqualTo(seats);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void aThousandUsersWantTheBestOfFiveThousandSeatsAndAllGetThem() {
        ScheduleId schedule = booking.schedule(5_000, 4);
        List<Visitor> visitors = visitors(1_000, List.of(booking, Unlocked.BOOKING));

        List<Answered> answers =
                atOnce(visitors, it -> Visitor.served(wantingTheBest(it, schedule, 4)));

        assertThat(statuses(answers)).isEqualTo(Map.of(201, 1_000L));
        assertThat(live(schedule)).isEqualTo(4_000);
        assertThat(answers).allSatisfy(CrowdTests::isSideBySide);
        Audits.everythingIsWellIn(booking);
    }

    /** Whoever waited with seats in hand could wait for somebody who waits for those. */
    @Test
    void whoHasSeatsInHandWaitsForNobody() throws Exception {
        ScheduleId schedule = twoBenchesWithThreeSeatsEach();
        Visitor visitor = booking.visitor();

        try (Connection choosing = booking.connect();
                var statement = choosing.createStatement()) {
            choosing.setAutoCommit(false);
            statement.execute("SELECT is_our_turn(%s, 11, false)".formatted(schedule));
            wantingFourApart(visitor, schedule).block().is(409, "seat-contended");
        }

        await().untilAsserted(() -> wantingFourApart(visitor, schedule).block().is(201));
    }

    @Test
    void whoTakesSeatsApartGetsThemOrIsToldToComeAgain() {
        long deadlocks = deadlocks();
        long held = 0;

        for (int round = 0; round < 10; round++) {
            ScheduleId schedule = twoBenchesWithThreeSeatsEach();
            List<Visitor> visitors = visitors(20, List.of(booking, Unlocked.BOOKING));

            List<Answered> answers = atOnce(visitors, it -> wantingFourApart(it, schedule));

            long first = answers.stream().filter(it -> it.status() == 201).count();
            held += first;
            assertThat(first).isLessThan(2);
            assertThat(live(schedule)).isEqualTo(first * 4);
            assertThat(answers)
                    .filteredOn(it -> it.status() != 201)
                    .allSatisfy(it -> assertThat(it.status()).as(it.body()).isEqualTo(409))
                    .extracting(Answered::code)
                    .isSubsetOf("seat-contended", "not-enough-seats");
        }

        assertThat(held).isPositive();
        assertThat(deadlocks()).isEqualTo(deadlocks);
        Audits.everythingIsWellIn(booking);
    }

    private ScheduleId twoBenchesWithThreeSeatsEach() {
        ScheduleId schedule = booking.schedule(20, 4);
        booking.sql(
                "UPDATE seat SET status = 'BLOCKED' WHERE schedule_id = ? AND seat_number % 10 > 3"
                        + " OR schedule_id = ? AND seat_number % 10 = 0",
                schedule.value(), schedule.value());
        return schedule;
    }

    private static Mono<Answered> wantingFourApart(Visitor visitor, ScheduleId schedule) {
        return visitor.send(
                "POST",
                "/api/v1/reservations",
                "{\"scheduleId\":%s,\"quantity\":4,\"apart\":true}".formatted(schedule));
    }

    private long deadlocks() {
        return booking.number(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
    }

    /**
     * To the last seat: who comes when nothing is left is told so, and nobody is turned away
     * before.
     */
    @Test
    void theBestAreGivenToTheLastSeat() {
        ScheduleId schedule = booking.schedule(200, 4);
        List<Visitor> visitors = visitors(150, List.of(booking, Unlocked.BOOKING));

        List<Answered> answers =
                atOnce(visitors, it -> Visitor.served(wantingTheBest(it, schedule, 2)));

        assertThat(answers.stream().collect(groupingBy(it -> it.status() + it.code(), counting())))
                .isEqualTo(Map.of("201", 100L, "409not-enough-seats", 50L));
        assertThat(answers)
                .filteredOn(it -> it.status() == 409)
                .allSatisfy(it -> it.is(409, "not-enough-seats"));
        assertThat(live(schedule)).isEqualTo(200);
        Audits.everythingIsWellIn(booking);
    }

    /** The one kind of buyer in the way of the other. */
    @Test
    void theBestAndSeatsByNumberAreHeldBesideEachOther() {
        ScheduleId schedule = booking.schedule(100, 4);
        List<Visitor> visitors = visitors(300, List.of(booking, Unlocked.BOOKING));
        Random random = new Random(42);

        List<Answered> answers =
                atOnce(
                        visitors,
                        it ->
                                it.user().hashCode() % 2 == 0
                                        ? wantingTheBest(it, schedule, 2)
                                        : it.reserving(schedule, null, someOf(100, random)));

        long seats =
                answers.stream()
                        .filter(it -> it.status() == 201)
                        .mapToLong(it -> it.at("tickets").size())
                        .sum();
        assertThat(answers).allSatisfy(it -> assertThat(it.status()).isIn(201, 409));
        assertThat(live(schedule)).isEqualTo(seats).isGreaterThan(80);
        Audits.everythingIsWellIn(booking);
    }

    private static Mono<Answered> wantingTheBest(Visitor it, ScheduleId schedule, int seats) {
        String wish = "{\"scheduleId\":%s,\"quantity\":%d}".formatted(schedule, seats);
        return it.send("POST", "/api/v1/reservations", wish);
    }

    /** In rows of ten. */
    private static void isSideBySide(Answered held) {
        int size = held.at("tickets").size();
        long first = held.number("tickets/0/seatNumber");
        long last = held.number("tickets/" + (size - 1) + "/seatNumber");
        assertThat(last - first).isEqualTo(size - 1);
        assertThat((last - 1) / 10).isEqualTo((first - 1) / 10);
    }

    @Test
    void twoPaymentsOfOneReservationChargeOnce() {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        visitor.charge(500_000).is(201);
        String reservation = visitor.reserve(schedule, 1).text("reservationId");

        List<Answered> answers =
                atOnce(Collections.nCopies(20, visitor), it -> it.paying(reservation));

        assertThat(statuses(answers)).isEqualTo(Map.of(201, 1L, 409, 19L));
        assertThat(visitor.balance()).isEqualTo(450_000);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void twoRefundsOfOnePaymentPayBackOnce() {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        visitor.charge(50_000).is(201);
        String reservation = visitor.reserve(schedule, 1).text("reservationId");
        String payment = visitor.pay(reservation).text("paymentId");

        List<Answered> answers =
                atOnce(
                        Collections.nCopies(20, visitor),
                        it -> it.send("POST", "/api/v1/payments/" + payment + "/refund", ""));

        assertThat(statuses(answers)).isEqualTo(Map.of(200, 1L, 409, 19L));
        assertThat(visitor.balance()).isEqualTo(50_000);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void chargesInParallelAddUp() {
        Visitor visitor = booking.visitor();

        List<Answered> answers =
                atOnce(
                        Collections.nCopies(50, visitor),
                        it -> it.send("POST", "/api/v1/balance/charges", "{\"amount\":1000}"));

        long charged = answers.stream().filter(it -> it.status() == 201).count();
        assertThat(charged).isPositive();
        assertThat(answers)
                .filteredOn(it -> it.status() != 201)
                .allSatisfy(it -> it.is(409, "one-at-a-time"));
        assertThat(visitor.balance()).isEqualTo(charged * 1_000);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void oneUserCannotPassTheLimitByAskingForEachSeatAtOnce() {
        ScheduleId schedule = booking.schedule(50, 4);
        Visitor visitor = booking.visitor();

        List<String> outcomes =
                Flux.range(1, 20)
                        .flatMap(seat -> pastTheDesk(visitor, schedule, seat), 20)
                        .collectList()
                        .block();

        assertThat(outcomes.stream().collect(groupingBy(it -> it, counting())))
                .isEqualTo(Map.of("held", 4L, "seat-limit-reached", 16L));
        assertThat(live(schedule)).isEqualTo(4);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void whoHasAllTheSeatsThatOneMayHaveKeepsNoneFromOthers() {
        ScheduleId schedule = booking.schedule(50, 4);
        Visitor greedy = booking.visitor();
        greedy.reserve(schedule, 41, 42, 43, 44).is(201);
        int[] all = IntStream.rangeClosed(1, 10).toArray();
        List<Visitor> others = visitors(10, List.of(booking));
        greedy.reserve(schedule, all).is(409, "seat-limit-reached");
        AtomicBoolean isTried = new AtomicBoolean();
        var flood =
                Flux.range(0, Integer.MAX_VALUE)
                        .takeWhile(_ -> !isTried.get())
                        .flatMap(_ -> greedy.reserving(schedule, null, all), 4)
                        .then()
                        .toFuture();

        List<Answered> answers =
                Flux.range(0, 10)
                        .delayElements(Duration.ofMillis(137))
                        .concatMap(i -> others.get(i).reserving(schedule, null, i + 1))
                        .collectList()
                        .block();
        isTried.set(true);
        flood.join();

        assertThat(answers).allSatisfy(it -> it.is(201));
    }

    /** The desk would let only one of them through at a time. */
    private Mono<String> pastTheDesk(Visitor visitor, ScheduleId schedule, int seat) {
        return booking.bean(Sale.class)
                .hold(
                        new Request(visitor.user(), null, null, new byte[0]),
                        schedule,
                        new TreeSet<>(List.of(seat)))
                .map(_ -> "held")
                .onErrorResume(Refusal.class, it -> Mono.just(it.getMessage()));
    }

    private void oneSeatFor(int users, List<Booking> instances) {
        ScheduleId schedule = booking.schedule();

        List<Answered> answers =
                atOnce(visitors(users, instances), it -> it.reserving(schedule, null, 7));

        assertThat(statuses(answers)).isEqualTo(Map.of(201, 1L, 409, users - 1L));
        assertThat(answers).allSatisfy(CrowdTests::isHeldOrRefused);
        assertThat(live(schedule)).isEqualTo(1);
        Audits.everythingIsWellIn(booking);
    }

    private void fiftySeatsFor(int users, List<Booking> instances) {
        ScheduleId schedule = booking.schedule();
        List<Visitor> visitors = visitors(users, instances);

        List<Answered> answers =
                Flux.range(0, users)
                        .flatMap(
                                i -> visitors.get(i).reserving(schedule, null, 1 + i / 2 % 50),
                                users)
                        .collectList()
                        .block();

        assertThat(statuses(answers)).isEqualTo(Map.of(201, 50L, 409, users - 50L));
        assertThat(answers).allSatisfy(CrowdTests::isHeldOrRefused);
        assertThat(live(schedule)).isEqualTo(50);
        Audits.everythingIsWellIn(booking);
    }

    private long live(ScheduleId schedule) {
        return booking.number(
                "SELECT count(*) FROM ticket WHERE schedule_id = ? AND status = 'RESERVED'",
                schedule.value());
    }

    /** Turn by turn at each of the instances. */
    private List<Visitor> visitors(int number, List<Booking> instances) {
        List<UserId> users = IntStream.range(0, number).mapToObj(_ -> UserId.random()).toList();
        booking.register(users);
        return IntStream.range(0, number)
                .mapToObj(i -> instances.get(i % instances.size()).visitor(users.get(i)))
                .toList();
    }

    private static List<Answered> atOnce(
            List<Visitor> visitors, Function<Visitor, Mono<Answered>> request) {
        return Flux.fromIterable(visitors).flatMap(request, visitors.size()).collectList().block();
    }

    private static Map<Integer, Long> statuses(List<Answered> answers) {
        return answers.stream().collect(groupingBy(Answered::status, counting()));
    }

    private static void isHeldOrRefused(Answered answer) {
        if (answer.status() != 201) {
            assertThat(answer.status()).as(answer.body()).isEqualTo(409);
            assertThat(answer.code()).isIn(REFUSALS);
        }
    }

    /** Two to five seats in no order. */
    private static synchronized int[] someOf(int seats, Random random) {
        return random.ints(1, seats + 1).distinct().limit(2 + random.nextInt(4)).toArray();
    }

    /** A second instance on the same database, whose lock does nothing. */
    private static final class Unlocked {
        static final Booking BOOKING = Booking.another("--stagedoor.booking.lock.enabled=false");
    }
}
