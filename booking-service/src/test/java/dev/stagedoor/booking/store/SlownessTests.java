package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Visitor;

import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcTimeoutException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

/** Whatever is slow, every caller hears of it in time. */
@Isolated
@Timeout(300)
class SlownessTests extends SlowDatabase {

    private final ScheduleId schedule = booking.schedule();
    private final Visitor visitor = booking.visitor();

    @Test
    void aStatementThatTakesTooLongIsEndedAndNothingIsChanged() {
        slowDown("ticket", 30);
        try {
            inTime(() -> List.of(visitor.reserve(schedule, 1))).forEach(SlownessTests::isBusy);
        } finally {
            booking.sql("DROP TRIGGER dawdle ON ticket");
        }

        assertThat(visitor.get("/api/v1/reservations").at("reservations")).isEmpty();
        visitor.reserve(schedule, 1).is(201);
        Audits.everythingIsWellIn(booking);
    }

    /** Slower than usual, faster than the limit: everybody is served or told to come again. */
    @Test
    void slowStatementsMakeTheOthersWaitAndThenGoAway() {
        List<Visitor> visitors =
                Flux.range(0, 100).map(_ -> booking.visitor()).collectList().block();
        slowDown("ledger_entry", 0.4);
        List<Answered> answers;
        try {
            answers = inTime(() -> charging(visitors).block());
        } finally {
            booking.sql("DROP TRIGGER dawdle ON ledger_entry");
        }

        assertThat(answers).anyMatch(it -> it.status() == 201).anyMatch(it -> it.status() == 503);
        assertThat(answers).filteredOn(it -> it.status() != 201).allSatisfy(SlownessTests::isBusy);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void aRowThatSomebodyElseHoldsIsNotWaitedForWithoutEnd() throws Exception {
        try (Connection blocker = booking.connect()) {
            blocker.setAutoCommit(false);
            blocker.createStatement()
                    .execute("SELECT FROM seat WHERE schedule_id = " + schedule + " FOR UPDATE");

            inTime(() -> List.of(visitor.reserve(schedule, 1))).forEach(SlownessTests::isBusy);
            blocker.rollback();
        }

        visitor.reserve(schedule, 1).is(201);
    }

    @Test
    void anExhaustedPoolAnswersInTime() throws Exception {
        List<Visitor> visitors =
                Flux.range(0, 100).map(_ -> booking.visitor()).collectList().block();
        try (Connection blocker = booking.connect()) {
            blocker.setAutoCommit(false);
            blocker.createStatement().execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE");

            List<Answered> answers = inTime(() -> charging(visitors).block());

            assertThat(answers).allSatisfy(SlownessTests::isBusy);
            blocker.rollback();
        }
        visitor.charge(1).is(201);
        visitor.reserve(schedule, 1).is(201);
        assertThat(visitor.balance()).isEqualTo(1);
    }

    /** And is not sent to the end of the line, to wait as long again. */
    @Test
    void whoeverWaitsForAConnectionIsToldAfterASecond() {
        ConnectionFactory connections = booking.bean(Lanes.class).connections();
        var all = Flux.range(0, 8).flatMap(_ -> connections.create(), 8).collectList().block();
        try {
            String first =
                    Mono.firstWithSignal(
                                    Mono.from(connections.create())
                                            .thenReturn("served")
                                            .onErrorReturn(R2dbcTimeoutException.class, "told"),
                                    Mono.delay(Duration.ofMillis(1_900)).thenReturn("still waits"))
                            .block();

            assertThat(first).isEqualTo("told");
        } finally {
            Flux.fromIterable(all).flatMap(io.r2dbc.spi.Connection::close).blockLast();
        }
    }

    /** Whoever asks by a date with two shows may have held one of them before: nobody knows. */
    @Test
    void whoeverAsksByADateHearsThatNobodyCouldLook() throws Exception {
        ConcertId concert = booking.concert().concertId();
        Instant noon = Instant.parse("2030-05-05T03:00:00Z");
        for (Instant starts : List.of(noon, noon.plusSeconds(3600))) {
            booking.bean(Staging.class)
                    .schedule(
                            concert,
                            new Staging.Terms(
                                    starts, Instant.now(), starts, 1, 1, 1, null, Map.of()))
                    .block();
        }
        String wish =
                "{\"concertId\":%s,\"date\":\"2030-05-05\",\"seatNumbers\":[1]}".formatted(concert);
        Mono<Answered> asking =
                visitor.send("POST", "/api/v1/reservations", wish, "Idempotency-Key", "by-date");
        asking.block().is(409, "date-ambiguous");
        try (Connection blocker = booking.connect()) {
            blocker.setAutoCommit(false);
            blocker.createStatement().execute("LOCK TABLE kept_answer IN ACCESS EXCLUSIVE MODE");

            isBusy(asking.block());
            blocker.rollback();
        }
    }

    /** To look changes nothing: there is nothing of which nobody knows what became of it. */
    @Test
    void whoeverOnlyLooksIsToldThatItIsBusyWhenTheConnectionBreaks() throws Exception {
        visitor.charge(1).is(201);
        try (Connection blocker = booking.connect()) {
            blocker.setAutoCommit(false);
            blocker.createStatement().execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE");
            AtomicReference<Future<Answered>> looking = new AtomicReference<>();
            await().until(
                            () -> {
                                looking.set(visitor.send("GET", "/api/v1/balance", "").toFuture());
                                return isBroken(looking.get());
                            });

            isBusy(looking.get().get());
            blocker.rollback();
        }
    }

    /** While it waited; a look gives up by itself after a second. */
    private static boolean isBroken(Future<?> looking) {
        long broken = 0;
        while (broken == 0 && !looking.isDone()) {
            broken =
                    booking.number(
                            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT"
                                    + " granted");
        }
        return broken > 0;
    }

    private static void slowDown(String table, double seconds) {
        booking.sql(
                """
                CREATE OR REPLACE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_sleep(TG_ARGV[0]::float);
                    RETURN NEW;
                END $$
                """);
        booking.sql(
                "CREATE TRIGGER dawdle BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION dawdle(%s)"
                        .formatted(table, seconds));
    }

    private static void isBusy(Answered answer) {
        answer.is(503, "booking-busy");
        assertThat(answer.header("Retry-After")).isEqualTo("1");
    }
}
