package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Desk;
import dev.stagedoor.booking.people.Passwords;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.DevServices;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.test.util.ReflectionTestUtils;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Who is one too many is told so in time, whoever has seats is not, and nobody who need not be. */
@Timeout(120)
class RushTests {

    private static Booking booking;

    private static final int LOOKS = 2;
    private static final int HOLDS = 1;

    private long now;
    private int elsewhere;
    private final Rush rush = new Rush(4, Duration.ofSeconds(1), () -> elsewhere, () -> now);

    // ── by numbers ──────────────────────────────────────────────────────────────────────────────

    @Test
    void fewAreNoCrowdHoweverSlowTheyAre() {
        come(15);
        pass(Duration.ofHours(1));

        assertThat(rush.isTooMuch(LOOKS)).isFalse();
    }

    @Test
    void whoComesAtOnceIsServedIfThatIsSoon() {
        come(1_000);
        for (int answered = 0; answered < 900; answered++) {
            assertThat(rush.isTooMuch(LOOKS)).isFalse();
            pass(Duration.ofMillis(1).dividedBy(4));
            rush.end();
        }
    }

    /** As where the first ones wait for connections, or for what is not in memory yet. */
    @Test
    void aCrowdHasHalfOfTheLongestWaitToBeServed() {
        come(500);
        pass(Duration.ofMillis(499));
        assertThat(rush.isTooMuch(LOOKS)).isFalse();

        pass(Duration.ofMillis(1));
        assertThat(rush.isTooMuch(HOLDS)).isTrue();
    }

    /** 200 are answered in a second, so of two hundred the last is answered after one. */
    @Test
    void whoWouldWaitInVainIsRefusedAndWhoOnlyLooksAtHalfOfThatWait() {
        come(16);
        for (int i = 0; i < 1_000; i++) {
            pass(Duration.ofMillis(5));
            rush.end();
            come(1);
            rush.isTooMuch(LOOKS);
        }

        come(75);
        assertThat(rush.isTooMuch(LOOKS)).isFalse();
        come(25);
        assertThat(rush.isTooMuch(LOOKS)).isTrue();
        assertThat(rush.isTooMuch(HOLDS)).isFalse();
        come(110);
        assertThat(rush.isTooMuch(HOLDS)).isTrue();
    }

    @Test
    void whatWasLongAgoSaysNothingOfNow() {
        come(100);
        for (int i = 0; i < 60_000; i++) {
            pass(Duration.ofMillis(1));
            rush.end();
            come(1);
            assertThat(rush.isTooMuch(LOOKS)).isFalse();
        }

        for (int i = 0; i < 80; i++) {
            pass(Duration.ofMillis(100));
            rush.isTooMuch(LOOKS);
        }
        assertThat(rush.isTooMuch(HOLDS)).isTrue();
    }

    @Test
    void aCrowdThatHasGoneIsForgotten() {
        come(100);
        pass(Duration.ofSeconds(2));
        assertThat(rush.isTooMuch(LOOKS)).isTrue();

        go(85); // fewer than there may be at any time
        pass(Duration.ofSeconds(2));
        assertThat(rush.isTooMuch(LOOKS)).isFalse();
        come(1);
        assertThat(rush.isTooMuch(LOOKS)).isTrue();
        go(9);
        come(93);
        assertThat(rush.isTooMuch(LOOKS)).isFalse();
    }

    /** Or somebody who only hangs up would make it look as though all were served soon. */
    @Test
    void whoHangsUpHasNotBeenServed() {
        come(100);
        for (int i = 0; i < 1_000; i++) {
            pass(Duration.ofMillis(2));
            come(1);
            rush.leave();
        }

        assertThat(rush.isTooMuch(HOLDS)).isTrue();
    }

    /** Or those whose passwords are hashed one after the other would keep others from looking. */
    @Test
    void whoWaitsForNoConnectionIsNoneOfTheCrowd() {
        elsewhere = 90;
        come(100);
        pass(Duration.ofHours(1));
        assertThat(rush.isTooMuch(LOOKS)).isFalse();

        come(6);
        pass(Duration.ofSeconds(1));
        assertThat(rush.isTooMuch(LOOKS)).isTrue();
        elsewhere = 91;
        assertThat(rush.isTooMuch(LOOKS)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0, /api/v1/sign-ins, true",
        "1, /api/v1/sign-ins, false",
        "0, /api/v1/users, false"
    })
    void whoSignsInWhileAllPlacesForThatAreTakenIsRefusedThoughThereIsNoCrowd(
            int free, String uri, boolean refused) {
        elsewhere = Passwords.MOST - free;
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, uri);

        assertThat(rush.isTooMuchFor(request)).isEqualTo(refused);
    }

    @Test
    void withoutALongestWaitNobodyIsRefused() {
        Rush patient = new Rush(4, Duration.ofMillis(-1), () -> 0, () -> now);
        for (int i = 0; i < 1_000; i++) {
            patient.begin();
        }
        pass(Duration.ofHours(1));

        assertThat(patient.isTooMuch(LOOKS)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/schedules/1/seats, true, true",
        "GET, /api/v1/reservations/1, true, true",
        "POST, /api/v1/users, true, true",
        "POST, /api/v1/sign-ins, true, true",
        "POST, /api/v1/reservations, false, true",
        "POST, /api/v1/reservations/1/payment, false, false",
        "DELETE, /api/v1/reservations/1, false, false",
        "POST, /api/v1/payments/1/refund, false, false",
        "POST, /api/v1/balance/charges, false, false",
        "PUT, /api/v1/users/me, false, false",
        "GET, /shop/concerts/1, false, false",
    })
    void whoHasSeatsGoesBeforeWhoWantsThemAndThoseBeforeWhoLooks(
            String method, String uri, boolean soon, boolean later) {
        HttpRequest request =
                new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), uri);
        come(200);
        go(100);

        pass(Duration.ofMillis(600));
        assertThat(rush.isTooMuchFor(request)).isEqualTo(soon);
        pass(Duration.ofMillis(600));
        assertThat(rush.isTooMuchFor(request)).isEqualTo(later);
    }

    private void come(int more) {
        for (int i = 0; i < more; i++) {
            rush.begin();
        }
    }

    private void go(int some) {
        for (int i = 0; i < some; i++) {
            rush.end();
        }
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    // ── on a connection ─────────────────────────────────────────────────────────────────────────

    private final EmbeddedChannel connection =
            new EmbeddedChannel(
                    new Losers(null, null, null, null, rush, null, null, null).new Lane());

    @Test
    void aRequestIsUnderWayFromItsLastByteToTheHeadOfItsAnswer() {
        asks();
        assertThat(underWay(rush)).isZero();
        hasAsked();
        assertThat(underWay(rush)).isOne();
        hears(HttpResponseStatus.OK);
        assertThat(underWay(rush)).isZero();
        hasHeard();
        assertThat(underWay(rush)).isZero();
    }

    @Test
    void isUnderWayThoughItWasAskedForTheRest() {
        asks();
        connection.writeOutbound(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        hasAsked();
        assertThat(underWay(rush)).isOne();
        hears(HttpResponseStatus.OK);
        hasHeard();

        assertThat(underWay(rush)).isZero();
    }

    @Test
    void whatIsAnsweredBeforeItHasBeenHeardOutIsNotUnderWay() {
        asks();
        hears(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
        hasAsked();
        assertThat(underWay(rush)).isZero();
        hasHeard();

        assertThat(underWay(rush)).isZero();
    }

    /** Nor is what comes behind a stream, as long as that lasts. */
    @Test
    void whatComesBehindAnotherIsNotUnderWay() {
        asks();
        hasAsked();
        asks();
        hasAsked();
        assertThat(underWay(rush)).isOne();
        hears(HttpResponseStatus.OK);
        asks();
        hasAsked();
        assertThat(underWay(rush)).isZero();
        hasHeard();
        hears(HttpResponseStatus.OK);
        hasHeard();
        hears(HttpResponseStatus.OK);
        assertThat(underWay(rush)).isZero();
        hasHeard();

        asks();
        hasAsked();
        assertThat(underWay(rush)).isOne();
        connection.close();
        assertThat(underWay(rush)).isZero();
    }

    private void asks() {
        connection.writeInbound(
                new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/api/v1/concerts"));
    }

    private void hasAsked() {
        connection.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private void hears(HttpResponseStatus status) {
        connection.writeOutbound(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status));
    }

    private void hasHeard() {
        connection.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    // ── by a database that stands still ─────────────────────────────────────────────────────────

    /** With two connections eight are a crowd; nobody but who is refused waits in vain. */
    @BeforeAll
    static void start() {
        booking =
                Booking.start(
                        DevServices.redisUrl(),
                        OwnDatabase.create("rush"),
                        "--spring.r2dbc.pool.max-size=2",
                        "--spring.r2dbc.pool.max-acquire-time=14s",
                        "--stagedoor.booking.lock.lease=60s",
                        "--stagedoor.booking.database.lock-timeout=50s",
                        "--stagedoor.booking.database.statement-timeout=55s");
    }

    @AfterAll
    static void stop() {
        booking.close();
    }

    @Test
    void looksAreRefusedWhileThereIsNoEndOfThemAndPaymentsAreNot() throws Exception {
        ScheduleId schedule = booking.schedule();
        String map = "/api/v1/schedules/" + schedule + "/seats";
        Visitor buyer = booking.visitor();
        buyer.charge(50_000).is(201);
        String held = buyer.reserve(schedule, 1).text("reservationId");
        Visitor visitor = booking.visitor();
        Disposable streams = streams(map + "/events");
        assertThat(underWay()).isZero();

        List<CompletableFuture<Answered>> looks = new ArrayList<>();
        CompletableFuture<Answered> paid;
        try (Connection blocker = booking.connect()) {
            blocker.setAutoCommit(false);
            blocker.createStatement().execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
            Disposable hangsUp = visitor.send("GET", map, "").subscribe();
            await().until(() -> underWay() == 1);
            hangsUp.dispose();
            await().until(() -> underWay() == 0);
            for (int i = 0; i < 200; i++) {
                looks.add(visitor.send("GET", map, "").toFuture());
            }
            await().until(
                            () -> {
                                looks.add(visitor.send("GET", map, "").toFuture());
                                return looks.stream().anyMatch(CompletableFuture::isDone);
                            });

            assertThat(visitor.get(map).is(503, "booking-busy").header("Retry-After"))
                    .matches("[1-5]");
            isHeardOutAndKept(map);
            paid = buyer.paying(held).toFuture();
            await().until(() -> booking.bean(Desk.class).refusal(buyer.user(), null) != null);
            blocker.rollback();
        }

        paid.join().is(201);
        assertThat(looks).filteredOn(it -> it.join().status() == 200).hasSizeGreaterThan(7);
        assertThat(looks)
                .filteredOn(it -> it.join().status() != 200)
                .isNotEmpty()
                .allSatisfy(it -> it.join().is(503, "booking-busy"));
        visitor.get(map).is(200);
        assertThat(underWay()).isZero();
        streams.dispose();
    }

    /** They have their answer, though it has no end: more of them than would be a crowd. */
    private static Disposable streams(String events) {
        Set<Integer> heard = ConcurrentHashMap.newKeySet();
        List<Visitor> visitors = Stream.generate(booking::visitor).limit(3).toList();
        Disposable streams =
                Flux.range(0, 12)
                        .flatMap(
                                i ->
                                        visitors.get(i % 3)
                                                .hearing(events)
                                                .doOnNext(_ -> heard.add(i)),
                                12)
                        .subscribe();
        await().until(() -> heard.size() == 12);
        return streams;
    }

    /** Whatever a body says that nobody reads, the next request is the next one. */
    private static void isHeardOutAndKept(String map) throws IOException {
        String look = "GET " + map + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        String signIn =
                "POST /api/v1/sign-ins HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n\r\n";
        try (Line line = new Line(booking.port())) {
            line.send(signIn + look.substring(0, 10));
            line.send(" ".repeat(50) + look + look);

            assertThat(line.statuses(3)).isEqualTo(List.of("503", "503", "503"));
        }
    }

    private static int underWay() {
        return underWay(booking.bean(Rush.class));
    }

    private static int underWay(Rush rush) {
        return (int) ReflectionTestUtils.getField(rush, "underWay");
    }
}
