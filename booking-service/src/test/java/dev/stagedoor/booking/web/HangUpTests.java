package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.US_ASCII;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.booking.store.Refusal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.IOException;
import java.net.Socket;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Clients that hang up in the middle of a write. */
@Timeout(120)
class HangUpTests {

    private static final int ROUNDS = 150;

    private final Booking booking = Booking.shared();
    private final Random random = new Random(7);

    @Test
    void leaveNothingOpenAndNothingHalf() {
        ScheduleId schedule = booking.schedule(ROUNDS, ROUNDS);
        List<Visitor> visitors =
                Flux.range(0, 10).map(_ -> booking.visitor()).collectList().block();
        visitors.forEach(visitor -> visitor.charge(10_000_000).is(201));
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            attempts.add(new Attempt(visitors.get(i % 10), i + 1, UUID.randomUUID().toString()));
        }

        Flux.fromIterable(attempts)
                .flatMap(it -> hangUp(it.visitor.reserving(schedule, it.key, it.seat)), 50)
                .then()
                .block();
        nothingIsOpen();
        List<String> reservations = attempts.stream().map(it -> reservation(it, schedule)).toList();
        Flux.range(0, ROUNDS)
                .flatMap(i -> hangUp(pay(attempts.get(i), reservations.get(i))), 50)
                .then()
                .block();
        nothingIsOpen();
        List<String> payments = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            payments.add(
                    pay(attempts.get(i), reservations.get(i)).block().is(201).text("paymentId"));
        }
        Flux.range(0, ROUNDS / 2)
                .flatMap(i -> hangUp(refund(attempts.get(i), payments.get(i))), 50)
                .then()
                .block();
        nothingIsOpen();
        for (int i = 0; i < ROUNDS / 2; i++) {
            refund(attempts.get(i), payments.get(i)).block().is(200);
        }

        nothingIsOpen();
        assertThat(visitors.stream().mapToLong(Visitor::balance).sum())
                .isEqualTo(10 * 10_000_000L - ROUNDS / 2 * 50_000L);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void duringChargesAreChargedAtMostOnce() {
        Visitor visitor = booking.visitor();
        List<String> keys =
                Flux.range(0, 100).map(_ -> UUID.randomUUID().toString()).collectList().block();

        Flux.fromIterable(keys).flatMap(key -> hangUp(charge(visitor, key)), 50).then().block();
        nothingIsOpen();
        // Of those who have hung up, the server may read some only now.
        List<Answered> again =
                keys.stream().map(key -> Visitor.served(charge(visitor, key)).block()).toList();

        assertThat(again).allSatisfy(answer -> answer.is(201));
        assertThat(again)
                .as("some came through, some did not")
                .extracting(answer -> answer.header("Idempotency-Replayed"))
                .contains("true")
                .containsNull();
        assertThat(visitor.balance()).isEqualTo(100_000);
        Audits.everythingIsWellIn(booking);
    }

    @ParameterizedTest(name = "reset: {0}")
    @ValueSource(booleans = {false, true})
    void inTheMiddleOfABodyAreNoFaultOfAnybody(boolean reset) throws IOException {
        double faults = counted("stagedoor.problems", "code", "internal-error");
        double outages = counted("stagedoor.booking.database.outages", "outage", "away");

        for (int i = 0; i < 16; i++) {
            halfABody(reset);
        }
        everyEventLoopGoesOn();

        assertThat(counted("stagedoor.problems", "code", "internal-error")).isEqualTo(faults);
        assertThat(counted("stagedoor.booking.database.outages", "outage", "away"))
                .isEqualTo(outages);
    }

    /** What an operator has begun is done, and who did it is kept, whether or not they wait. */
    @Test
    void asOperatorsDoWhatTheyAskedForAndAreKnownForIt() throws Exception {
        ScheduleId schedule = booking.schedule();
        try (Connection other = booking.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM schedule WHERE id = %s FOR UPDATE".formatted(schedule));
            try (Socket operator = new Socket("localhost", booking.managementPort())) {
                operator.setSoLinger(true, 0);
                operator.getOutputStream().write(cancelling(schedule).getBytes(US_ASCII));
                booking.awaitLockOf("cancel");
            }
            everyEventLoopGoesOn();
            other.rollback();
        }

        await().untilAsserted(
                        () ->
                                assertThat(
                                                booking.number(
                                                        "SELECT count(*) FROM schedule WHERE id = ?"
                                                                + " AND cancelled_for = 'rain'",
                                                        schedule.value()))
                                        .isEqualTo(1));
        await().untilAsserted(
                        () ->
                                assertThat(
                                                booking.number(
                                                        "SELECT count(*) FROM admin_change WHERE"
                                                                + " what = ? AND who LIKE 'admin"
                                                                + " from %'",
                                                        "schedule "
                                                                + schedule
                                                                + " cancelled: rain"))
                                        .isEqualTo(1));
    }

    /** Reactor would log each as an error with its stack: as often as anybody likes. */
    @Test
    void leaveNothingInTheLogWhereTheyAreRefusedAfterwards() throws Exception {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.start();
        Logger everything = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        everything.addAppender(told);
        try (Connection other = booking.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(
                    "UPDATE seat SET status = 'BLOCKED' WHERE schedule_id = %s AND seat_number = 7"
                            .formatted(schedule));
            Disposable client = visitor.reserving(schedule, null, 7).subscribe();
            booking.awaitLockOf("hold");
            client.dispose();
            everyEventLoopGoesOn();
            other.commit();
            nothingIsOpen();
        } finally {
            everything.detachAppender(told);
        }

        assertThat(told.list)
                .filteredOn(line -> line.getThrowableProxy() != null)
                .extracting(line -> line.getThrowableProxy().getClassName())
                .doesNotContain(Refusal.class.getName());
    }

    private static String cancelling(ScheduleId schedule) {
        String body = "{\"reason\":\"rain\"}";
        return "POST /admin/schedules/%s/cancel HTTP/1.1\r\nHost: office\r\nAuthorization: %s\r\n"
                        .formatted(schedule, Admin.basic(Booking.ADMIN_PASSWORD))
                + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(body.length(), body);
    }

    private void halfABody(boolean reset) throws IOException {
        try (Socket socket = new Socket("localhost", booking.port())) {
            socket.setSoLinger(reset, 0);
            String head = "POST /api/v1/users HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n";
            socket.getOutputStream()
                    .write(
                            (head + "Content-Type: application/json\r\n\r\n{\"na")
                                    .getBytes(US_ASCII));
        }
    }

    /** What is sent when another answer has come is seen behind all that came before. */
    private void everyEventLoopGoesOn() {
        for (int i = 0; i < 2; i++) {
            Flux.range(0, 64)
                    .flatMap(_ -> booking.stranger().send("GET", "/api/v1/concerts", ""), 64)
                    .doOnNext(answer -> answer.is(200))
                    .blockLast();
        }
    }

    private double counted(String name, String tag, String value) {
        return booking.bean(MeterRegistry.class).find(name).tag(tag, value).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    /** The retry under the same key tells what became of it, or does it now. */
    private static String reservation(Attempt attempt, ScheduleId schedule) {
        return attempt.visitor
                .reserving(schedule, attempt.key, attempt.seat)
                .block()
                .is(201)
                .text("reservationId");
    }

    private static Mono<Answered> pay(Attempt attempt, String reservation) {
        return attempt.visitor.paying(reservation, "Idempotency-Key", attempt.key + "-pay");
    }

    private static Mono<Answered> refund(Attempt attempt, String payment) {
        return attempt.visitor.send(
                "POST",
                "/api/v1/payments/" + payment + "/refund",
                "",
                "Idempotency-Key",
                attempt.key + "-refund");
    }

    private static Mono<Answered> charge(Visitor visitor, String key) {
        return visitor.send(
                "POST", "/api/v1/balance/charges", "{\"amount\":1000}", "Idempotency-Key", key);
    }

    /** Mostly in the first milliseconds, where the transaction is; sometimes later. */
    private Mono<Void> hangUp(Mono<Answered> request) {
        int millis = random.nextInt(10) < 8 ? 1 + random.nextInt(20) : 1 + random.nextInt(500);
        return request.timeout(Duration.ofMillis(millis)).onErrorComplete().then();
    }

    private void nothingIsOpen() {
        MeterRegistry meters = booking.bean(MeterRegistry.class);
        await().until(
                        () ->
                                meters.get("stagedoor.booking.writes.ongoing").gauge().value() == 0
                                        && meters.get("r2dbc.pool.acquired")
                                                        .tag("name", "connectionFactory")
                                                        .gauge()
                                                        .value()
                                                == 0
                                        && meters.get("r2dbc.pool.pending")
                                                        .tag("name", "connectionFactory")
                                                        .gauge()
                                                        .value()
                                                == 0);
        await().until(
                        () ->
                                booking.number(
                                                "SELECT count(*) FROM pg_stat_activity WHERE state"
                                                        + " LIKE 'idle in transaction%'")
                                        == 0);
    }

    private record Attempt(Visitor visitor, int seat, String key) {}
}
