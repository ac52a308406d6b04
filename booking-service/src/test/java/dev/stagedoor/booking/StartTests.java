package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a start needs, and what it finds. */
@Timeout(60)
class StartTests {

    private static final String SAMPLES =
            "SELECT count(*) FROM concert WHERE venue IN ('고척스카이돔', 'KSPO Dome', '예술의전당 콘서트홀')";

    private static final String[] ONE_NODE = {
        "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"
    };

    @Test
    void worksOnADatabaseThatIsInUseAndAddsSampleDataOnce() {
        ScheduleId sold = Booking.shared().schedule();
        Visitor visitor = Booking.shared().visitor();
        visitor.reserve(sold, 1).is(201);
        long concerts;

        try (Booking first = Booking.another("--stagedoor.booking.sample-data=true")) {
            concerts = first.number(SAMPLES);
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
            assertThat(
                            first.number(
                                    """
                                    SELECT count(*) FROM seat JOIN schedule ON schedule.id = schedule_id
                                    JOIN concert ON concert.id = concert_id
                                    WHERE venue = '고척스카이돔' AND sales_open_at < now()
                                    """))
                    .isEqualTo(20_100);
        }
        try (Booking second = Booking.another("--stagedoor.booking.sample-data=true")) {
            assertThat(second.number(SAMPLES)).isEqualTo(concerts).isEqualTo(3);
        }
    }

    @Test
    void worksWithoutRedis() {
        String nowhere = "redis://127.0.0.1:" + FreePort.find();
        try (Booking booking = Booking.start(nowhere, DevServices.database())) {
            booking.visitor().reserve(booking.schedule(), 1).is(201);
        }
    }

    /** A cluster of one node that has all the slots. */
    @Test
    void locksSeatsInARedisCluster() throws Exception {
        try (EmbeddedRedis node = EmbeddedRedis.start(ONE_NODE)) {
            giveItAllSlots(node);
            try (Booking booking =
                    Booking.another(
                            "--spring.data.redis.cluster.nodes=127.0.0.1:" + node.port(),
                            "--stagedoor.booking.lock.timeout=5s")) {
                locksSeats(booking);
            }
        }
    }

    private static void giveItAllSlots(EmbeddedRedis node) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", node.port());
                var answers =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.US_ASCII))) {
            Writer commands =
                    new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.US_ASCII);
            commands.write("CLUSTER ADDSLOTSRANGE 0 16383\r\n");
            commands.flush();
            assertThat(answers.readLine()).isEqualTo("+OK");
        }
    }

    private static double counted(Booking booking, String outcome) {
        return booking.bean(MeterRegistry.class)
                .get("stagedoor.booking.seat.lock")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @ParameterizedTest
    @CsvSource({"access, pass", "pass, access"})
    void failsWithoutAKeyAndSaysSo(String given, String missing) {
        assertThatThrownBy(
                        () ->
                                BookingApplication.builder()
                                        .run(
                                                "--stagedoor.keys."
                                                        + given
                                                        + "="
                                                        + SigningKey.random("given").encoded(),
                                                "--stagedoor.booking.port=0",
                                                "--stagedoor.booking.management-port=-1",
                                                "--spring.flyway.enabled=false",
                                                "--spring.r2dbc.url=r2dbc:postgresql://localhost/none",
                                                "--spring.r2dbc.username=nobody",
                                                "--spring.r2dbc.password=none",
                                                "--spring.data.redis.url=redis://127.0.0.1:1"))
                .rootCause()
                .hasMessage(
                        "stagedoor.keys.%s is missing: set it to id:base64url of at least 32 random"
                                + " bytes",
                        missing);
    }

    @Test
    void refusesARedisThatCannotBeRead() {
        assertThatThrownBy(() -> Booking.another("--spring.data.redis.url=localhost:6379"))
                .rootCause()
                .hasMessageStartingWith("spring.data.redis.url must be redis://host:port");
        assertThatThrownBy(
                        () ->
                                Booking.another(
                                        "--spring.data.redis.sentinel.master=m",
                                        "--spring.data.redis.sentinel.nodes=here"))
                .rootCause()
                .hasMessageStartingWith("spring.data.redis.sentinel.nodes must be host:port");
        assertThatThrownBy(() -> Booking.another("--stagedoor.booking.lock.redisson=file:/nowhere"))
                .hasStackTraceContaining("stagedoor.booking.lock.redisson cannot be read");
        assertThatThrownBy(() -> Booking.start(null, DevServices.database()))
                .rootCause()
                .hasMessageStartingWith("the seat locks need a Redis");
    }

    @Test
    void turnsAwayFromMemoryAloneWhoeverWantsWhatItIsWorkingOn() {
        try (Booking booking =
                Booking.start(
                        null, DevServices.database(), "--stagedoor.booking.lock.redis=false")) {
            ScheduleId schedule = booking.schedule();
            List<Visitor> visitors =
                    Flux.range(0, 40).map(_ -> booking.visitor()).collectList().block();

            List<Answered> answers =
                    Flux.fromIterable(visitors)
                            .flatMap(it -> it.reserving(schedule, null, 1), 40)
                            .collectList()
                            .block();

            assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
            assertThat(answers).anyMatch(it -> it.code().equals("seat-contended"));
            assertThat(counted(booking, "taken")).isZero();
        }
    }

    @Test
    void locksSeatsByRedissonsOwnFile(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("redisson.yaml");
        Files.writeString(file, "singleServerConfig:\n  address: " + DevServices.redisUrl() + "\n");
        try (Booking booking = Booking.another("--stagedoor.booking.lock.redisson=file:" + file)) {
            locksSeats(booking);
        }
    }

    /** Password, user and database as an operator would write them. */
    @Test
    void locksSeatsAsAUserWhoMayOnlyThat() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            redis.ask(
                    "ACL SETUSER seller on >secret ~booking:* ~redisson_*" + " &redisson_* +@all");
            redis.ask("ACL SETUSER default resetkeys resetchannels");
            try (Booking booking =
                    Booking.another(
                            "--spring.data.redis.host=127.0.0.1",
                            "--spring.data.redis.port=" + redis.port(),
                            "--spring.data.redis.username=seller",
                            "--spring.data.redis.password=secret")) {
                locksSeats(booking);
                assertThat(redis.ask("ACL LOG")).doesNotContain("redisson_", "booking:");
            }
        }
    }

    private static void locksSeats(Booking booking) {
        ScheduleId schedule = booking.schedule(500, 500);
        Visitor visitor = booking.visitor();
        var seats = Flux.range(1, 500).toIterable().iterator();
        await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> {
                            visitor.reserve(schedule, seats.next()).is(201);
                            return counted(booking, "taken") > 0;
                        });
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
        try (Booking booking = Booking.start(DevServices.redisUrl(), DevServices.database())) {
            DatabaseClient database = booking.bean(DatabaseClient.class);

            assertThat(setting(database, "statement_timeout")).isEqualTo("2s");
            assertThat(setting(database, "lock_timeout")).isEqualTo("1s");
            assertThat(setting(database, "idle_in_transaction_session_timeout")).isEqualTo("5s");
        }
    }

    @Test
    void plansNoStatementAnewForItsParameters() {
        try (Booking booking = Booking.another("--spring.r2dbc.pool.max-size=1")) {
            ScheduleId schedule = booking.schedule();
            for (int seat = 1; seat <= 8; seat++) {
                booking.visitor().reserve(schedule, seat).is(201);
            }

            List<Long> plans =
                    booking.bean(DatabaseClient.class)
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
    }

    @Test
    void sellsInTheCurrencyOfTheHouseBehindItsLine() {
        try (Booking booking =
                Booking.another(
                        "--stagedoor.booking.catalogue.currency=EUR",
                        "--stagedoor.booking.catalogue.queue-prefix=/.stagedoor")) {
            String concert = "/api/v1/concerts/" + booking.concert().concertId();

            assertThat(booking.stranger().get(concert).text("currency")).isEqualTo("EUR");
            assertThat(booking.stranger().get("/").body())
                    .contains("data-currency=\"EUR\"", "data-queue=\"/.stagedoor\"");
        }
        assertThat(Booking.shared().stranger().get("/").body())
                .contains("data-currency=\"KRW\"", "data-queue=\"/api/v1/queue\"");
    }

    @Test
    void showsOneInstancesHoldsOnAnotherWithinTwoSeconds() {
        Booking one = Booking.shared();
        ScheduleId schedule = one.schedule();
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
