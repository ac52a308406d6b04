package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.PastTheService;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.FreePort;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** PgBouncer between the service and PostgreSQL: another connection for each transaction. */
@OwnServers
@Timeout(120)
class PoolerTests {

    private static final Path PROGRAM = Path.of("/usr/sbin/pgbouncer");

    private static final String PAGE = "Behind PgBouncer";

    @TempDir private static Path directory;

    private static EmbeddedPostgres postgres;
    private static Process pooler;
    private static int port;

    @BeforeAll
    static void startPooler() {
        Installed.need(PROGRAM);
        postgres = EmbeddedPostgres.start();
        port = FreePort.find();
        String settings =
                Runbook.block(PAGE, "ini", 0).replace("sale = host=db1 port=5432", target())
                        + "listen_addr = 127.0.0.1\nunix_socket_dir =\nauth_type = any\n"
                        + "listen_port = %d\n".formatted(port);
        pooler = Installed.start(PROGRAM, directory, settings, port);
    }

    private static String target() {
        return "postgres = host=127.0.0.1 port=%d user=postgres"
                .formatted(postgres.database().port());
    }

    @AfterAll
    static void stop() {
        Stream.ofNullable(pooler).forEach(Process::destroy);
        Stream.ofNullable(postgres).forEach(EmbeddedPostgres::close);
    }

    private static Booking service() {
        return Booking.start(
                null,
                postgres.database(),
                Runbook.block(PAGE, "", 0)
                        .replace("pgbouncer:6432/sale", "127.0.0.1:%d/postgres".formatted(port))
                        .replace("jdbc:postgresql://db1:5432/sale", postgres.database().jdbcUrl())
                        .concat("--stagedoor.booking.lock.redis=false")
                        .lines()
                        .toArray(String[]::new));
    }

    /** As of a new role. */
    @BeforeEach
    void nobodyHasSetAnyLimits() {
        new PastTheService(postgres.database()) {}.sql("ALTER ROLE postgres RESET ALL");
        await().pollDelay(Duration.ZERO).until(PoolerTests::isRestarted);
    }

    @Test
    void withoutTheLimitsOfTheRoleTheStartSaysWhatIsMissing() {
        assertThatThrownBy(PoolerTests::service)
                .hasMessageContaining(
                        "ALTER ROLE … SET idle_in_transaction_session_timeout = '5000ms'")
                .hasMessageContaining("ALTER ROLE … SET lock_timeout = '1000ms'")
                .hasMessageContaining("ALTER ROLE … SET statement_timeout = '2000ms'");
    }

    @Test
    void withThemTheSaleGoesOnAndTheLimitsHold() {
        PastTheService owner = new PastTheService(postgres.database()) {};
        for (String line : Runbook.block(PAGE, "sql", 0).lines().toList()) {
            owner.sql(line.replace("seller", "postgres"));
        }
        await().pollDelay(Duration.ZERO).until(PoolerTests::isRestarted);
        try (Booking booking = service()) {
            ScheduleId schedule = booking.schedule();
            List<Visitor> visitors =
                    Flux.range(0, 40).map(_ -> booking.visitor()).collectList().block();

            Flux.range(0, 40)
                    .flatMap(i -> buying(visitors.get(i), schedule, i + 1), 20)
                    .blockLast();
            assertThat(
                            visitors.stream()
                                    .map(it -> it.get("/api/v1/tickets").text("tickets/0/status")))
                    .containsOnly("PAID");
            slowDown(booking);
            Visitor late = visitors.getFirst();
            Duration longer =
                    Beside.longer(
                            booking, () -> late.reserve(schedule, 50).is(503, "booking-busy"));

            assertThat(longer).isLessThan(Duration.ofSeconds(4));
            Audits.everythingIsWellIn(booking);
        }
    }

    /** What it has open already began with other limits. */
    private static boolean isRestarted() {
        return new PastTheService(postgres.database()) {}.number(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <>"
                                + " pg_backend_pid() AND backend_type = 'client backend'")
                == 0;
    }

    private static Mono<Answered> buying(Visitor visitor, ScheduleId schedule, int seat) {
        return visitor.send("POST", "/api/v1/balance/charges", "{\"amount\":50000}")
                .doOnNext(it -> it.is(201))
                .then(visitor.reserving(schedule, "hold", seat))
                .map(it -> it.is(201).text("reservationId"))
                .flatMap(it -> visitor.paying(it, "Idempotency-Key", "pay"))
                .doOnNext(it -> it.is(201));
    }

    private static void slowDown(Booking booking) {
        booking.sql(
                """
                CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_sleep(30);
                    RETURN NEW;
                END $$
                """);
        booking.sql(
                "CREATE TRIGGER dawdle BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION"
                        + " dawdle()");
    }
}
