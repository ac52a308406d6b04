package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.FreePort;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a start needs, and what it finds. */
@Timeout(60)
class StartTests {

    private static final String SAMPLES =
            "SELECT count(*) FROM concert WHERE venue IN ('고척스카이돔', 'KSPO Dome', '예술의전당 콘서트홀')";

    private static ScheduleId sold;
    private static Visitor buyer;
    private static Booking stage;

    /** On a database that is in use, with all that differs from what is shared. */
    @BeforeAll
    static void start() {
        sold = Booking.shared().schedule();
        buyer = Booking.shared().visitor();
        buyer.reserve(sold, 1).is(201);
        stage =
                Booking.patient(
                        null,
                        DevServices.database(),
                        "--stagedoor.booking.sample-data=true",
                        "--stagedoor.booking.lock.redis=false",
                        "--spring.r2dbc.pool.max-size=1",
                        "--stagedoor.booking.catalogue.currency=EUR",
                        "--stagedoor.booking.catalogue.queue-prefix=/.stagedoor");
    }

    @AfterAll
    static void stop() {
        stage.close();
    }

    @Test
    void worksOnADatabaseThatIsInUseAndAddsSampleDataOnce() {
        long concerts = stage.number(SAMPLES);

        assertThat(stage.visitor(buyer.user()).get("/api/v1/reservations").at("reservations"))
                .hasSize(1);
        assertThat(
                        stage.number(
                                """
                                SELECT count(*) FROM seat JOIN schedule ON schedule.id = schedule_id
                                JOIN concert ON concert.id = concert_id
                                WHERE title = 'Winter Lights Live' AND sales_open_at < now()
                                """))
                .isEqualTo(150);
        assertThat(
                        stage.number(
                                """
                                SELECT count(*) FROM seat JOIN schedule ON schedule.id = schedule_id
                                JOIN concert ON concert.id = concert_id
                                WHERE venue = '고척스카이돔' AND sales_open_at < now()
                                """))
                .isEqualTo(20_100);
        try (Booking second = Booking.another("--stagedoor.booking.sample-data=true")) {
            assertThat(second.number(SAMPLES)).isEqualTo(concerts).isEqualTo(3);
        }
    }

    @Test
    void worksWithoutRedisAndLimitsWhatAStatementMayTake() {
        String nowhere = "redis://127.0.0.1:" + FreePort.find();
        try (Booking booking =
                Booking.start(
                        nowhere,
                        DevServices.database(),
                        "--spring.r2dbc.pool.max-acquire-time=10s",
                        "--spring.r2dbc.pool.max-create-connection-time=10s")) {
            DatabaseClient database = booking.bean(DatabaseClient.class);

            booking.visitor().reserve(booking.schedule(), 1).is(201);
            assertThat(setting(database, "statement_timeout")).isEqualTo("2s");
            assertThat(setting(database, "lock_timeout")).isEqualTo("1s");
            assertThat(setting(database, "idle_in_transaction_session_timeout")).isEqualTo("5s");
        }
    }

    @Test
    void saysThatItHasNotBeenToldWhereToMigrate() {
        Database database = DevServices.database();

        assertThatThrownBy(
                        () ->
                                Booking.start(
                                        DevServices.redisUrl(),
                                        database,
                                        "--spring.r2dbc.url=" + database.r2dbcUrl()))
                .rootCause()
                .hasMessageStartingWith("spring.flyway.url is missing");
    }

    private static double counted(Booking booking, String outcome) {
        return booking.bean(MeterRegistry.class)
                .get("stagedoor.booking.seat.lock")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void turnsAwayFromMemoryAloneWhoeverWantsWhatItIsWorkingOn() {
        ScheduleId schedule = stage.schedule();
        List<Visitor> visitors = Flux.range(0, 40).map(_ -> stage.visitor()).collectList().block();

        List<Answered> answers =
                Flux.fromIterable(visitors)
                        .flatMap(it -> it.reserving(schedule, null, 1), 40)
                        .collectList()
                        .block();

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
        assertThat(answers).anyMatch(it -> it.code().equals("seat-contended"));
        assertThat(counted(stage, "taken")).isZero();
    }

    @Test
    void spreadsDatabaseConnectionsOverTheEventLoops() {
        DatabaseClient database = Booking.shared().bean(DatabaseClient.class);
        Set<String> threads = ConcurrentHashMap.newKeySet();

        Flux.range(0, 64)
                .flatMap(
                        _ ->
                                database.sql("SELECT pg_sleep(0.02)")
                                        .then()
                                        .then(
                                                Mono.fromRunnable(
                                                        () ->
                                                                threads.add(
                                                                        Thread.currentThread()
                                                                                .getName()))),
                        64)
                .blockLast();

        assertThat(threads).hasSizeGreaterThan(1);
    }

    @Test
    void plansNoStatementAnewForItsParameters() {
        ScheduleId schedule = stage.schedule();
        for (int seat = 1; seat <= 8; seat++) {
            stage.visitor().reserve(schedule, seat).is(201);
        }

        List<Long> plans =
                stage.bean(DatabaseClient.class)
                        .sql(
                                "SELECT sum(custom_plans) AS anew, sum(generic_plans) AS kept"
                                        + " FROM pg_prepared_statements")
                        .map(
                                row ->
                                        List.of(
                                                row.get("anew", Long.class),
                                                row.get("kept", Long.class)))
                        .one()
                        .block();

        assertThat(plans.getFirst()).isZero();
        assertThat(plans.getLast()).isGreaterThanOrEqualTo(8);
    }

    @Test
    void sellsInTheCurrencyOfTheHouseBehindItsLine() {
        String concert = "/api/v1/concerts/" + stage.concert().concertId();

        assertThat(stage.stranger().get(concert).text("currency")).isEqualTo("EUR");
        assertThat(stage.stranger().get("/").body())
                .contains("data-currency=\"EUR\"", "data-queue=\"/.stagedoor\"");
        assertThat(Booking.shared().stranger().get("/").body())
                .contains("data-currency=\"KRW\"", "data-queue=\"/api/v1/queue\"");
    }

    @Test
    void showsOneInstancesHoldsOnAnotherWithinTwoSeconds() {
        Booking one = Booking.shared();
        ScheduleId schedule = one.schedule();
        String seats = "/api/v1/schedules/" + schedule + "/seats";
        Visitor watcher = stage.visitor();
        assertThat(watcher.get(seats).text("seats/0/status")).isEqualTo("AVAILABLE");

        one.visitor().reserve(schedule, 1).is(201);

        assertThat(one.visitor().get(seats).text("seats/0/status")).isEqualTo("HELD");
        Duration longer =
                Beside.longer(
                        stage,
                        () ->
                                await().pollInterval(Duration.ofMillis(50))
                                        .until(
                                                () ->
                                                        watcher.get(seats)
                                                                .text("seats/0/status")
                                                                .equals("HELD")));
        assertThat(longer).isLessThan(Duration.ofSeconds(2));
    }

    private static String setting(DatabaseClient database, String name) {
        return database.sql("SELECT current_setting('" + name + "') AS value")
                .map(row -> row.get("value", String.class))
                .one()
                .block();
    }
}
