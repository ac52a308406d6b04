package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.seat.ScheduleId;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.FreePort;

import io.r2dbc.spi.ConnectionFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a start needs, and what it finds. */
@Timeout(60)
class StartTests {

    @Test
    void worksOnADatabaseThatIsInUseAndAddsSampleDataOnce() {
        ScheduleId sold = Booking.shared().evening();
        Visitor visitor = Booking.shared().visitor();
        visitor.reserve(sold, 1).is(201);
        long concerts;

        try (Booking first = Booking.another("--stagedoor.booking.sample-data=true")) {
            concerts =
                    first.number(
                            "SELECT count(*) FROM concert WHERE venue LIKE '%홀' OR venue = 'KSPO"
                                    + " Dome'");
            assertThat(first.visitor(visitor.user()).get("/api/v1/reservations").at("reservations"))
                    .hasSize(1);
            assertThat(
                            first.number(
                                    """
                                    SELECT count(*) FROM seat JOIN schedule ON schedule.id = schedule_id
                                    JOIN concert ON concert.id = concert_id
                                    WHERE title = 'Winter Lights Live' AND sales_open_at < now()
                                    """))
                    .isEqualTo(150);
        }
        try (Booking second = Booking.another("--stagedoor.booking.sample-data=true")) {
            assertThat(
                            second.number(
                                    "SELECT count(*) FROM concert WHERE venue LIKE '%홀' OR venue ="
                                            + " 'KSPO Dome'"))
                    .isEqualTo(concerts)
                    .isEqualTo(3);
        }
    }

    @Test
    void worksWithoutRedis() {
        String nowhere = "redis://127.0.0.1:" + FreePort.find();
        try (Booking booking = Booking.start(nowhere, DevServices.database())) {
            booking.visitor().reserve(booking.evening(), 1).is(201);
        }
    }

    @Test
    void failsWithoutKeysAndSaysSo() {
        assertThatThrownBy(
                        () ->
                                BookingApplication.builder()
                                        .run(
                                                "--stagedoor.booking.port=0",
                                                "--stagedoor.booking.management-port=-1",
                                                "--spring.flyway.enabled=false",
                                                "--spring.r2dbc.url=r2dbc:postgresql://localhost/none",
                                                "--spring.r2dbc.username=nobody",
                                                "--spring.r2dbc.password=none",
                                                "--spring.data.redis.url=redis://127.0.0.1:1"))
                .rootCause()
                .hasMessage(
                        "stagedoor.keys.pass is missing: set it to id:base64url of at least 32"
                                + " random bytes");
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> Booking.another("--stagedoor.booking.hold=0s"))
                .rootCause()
                .hasMessageStartingWith("stagedoor.booking.hold must be 1s to 1d");
        assertThatThrownBy(() -> Booking.another("--stagedoor.keys.access=a:c2hvcnQ"))
                .rootCause()
                .hasMessage("key a is shorter than 32 bytes");
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
    void limitsWhatAStatementMayTake() {
        DatabaseClient database = Booking.shared().bean(DatabaseClient.class);

        assertThat(setting(database, "statement_timeout")).isEqualTo("2s");
        assertThat(setting(database, "lock_timeout")).isEqualTo("1s");
        assertThat(setting(database, "idle_in_transaction_session_timeout")).isEqualTo("5s");
        assertThat(Booking.shared().bean(ConnectionFactory.class)).isNotNull();
    }

    @Test
    void showsOneInstancesHoldsOnAnotherWithinTwoSeconds() {
        Booking one = Booking.shared();
        ScheduleId schedule = one.evening();
        String seats = "/api/v1/schedules/" + schedule + "/seats";
        try (Booking other = Booking.another()) {
            Visitor watcher = other.visitor();
            assertThat(watcher.get(seats).text("seats/0/status")).isEqualTo("AVAILABLE");

            one.visitor().reserve(schedule, 1).is(201);

            assertThat(one.visitor().get(seats).text("seats/0/status")).isEqualTo("HELD");
            await().atMost(Duration.ofSeconds(2))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> watcher.get(seats).text("seats/0/status").equals("HELD"));
        }
    }

    private static String setting(DatabaseClient database, String name) {
        return database.sql("SELECT current_setting('" + name + "') AS value")
                .map(row -> row.get("value", String.class))
                .one()
                .block();
    }
}
