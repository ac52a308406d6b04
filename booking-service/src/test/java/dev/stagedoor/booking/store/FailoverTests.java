package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.InstalledPostgres;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A primary with a synchronous standby, both in the URL: one is lost, the other takes over. */
@OwnServers
@Timeout(180)
class FailoverTests {

    private static final String PAGE = "PostgreSQL failing over";

    /** What a server that was demoted says to a transaction that means to write. */
    private static final String FENCE =
            """
            CREATE FUNCTION fence() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF current_setting('default_transaction_read_only')::boolean THEN
                    RAISE EXCEPTION 'demoted' USING ERRCODE = '25006';
                END IF;
                RETURN NEW;
            END $$
            """;

    private InstalledPostgres primary;
    private InstalledPostgres standby;
    private Booking booking;

    @BeforeAll
    static void needsPostgres() {
        Installed.need(InstalledPostgres.isThere(), "PostgreSQL with pg_basebackup");
    }

    @BeforeEach
    void startBoth() {
        primary = InstalledPostgres.start(Map.of("max_connections", "100"));
        standby = primary.standby();
        told(primary, 0);
        booking = service(standby.database());
    }

    @AfterEach
    void stopAll() {
        booking.close();
        standby.close();
        primary.close();
    }

    /** What is past the service goes to the one that will be left. */
    private Booking service(Database left) {
        return Booking.start(
                DevServices.redisUrl(),
                left,
                Runbook.block(PAGE, "", 0)
                        .replace("db1:5432", "127.0.0.1:" + primary.port())
                        .replace("db2:5432", "127.0.0.1:" + standby.port())
                        .replace("/sale?", "/postgres?")
                        .lines()
                        .toArray(String[]::new));
    }

    @Test
    void thePrimaryDiesUnderLoadAndNothingThatWasPaidIsLost() throws Exception {
        ScheduleId schedule = booking.schedule(400, 4);
        List<Visitor> visitors =
                Flux.range(0, 75).map(_ -> booking.visitor()).collectList().block();
        visitors.forEach(visitor -> visitor.charge(200_000).is(201));
        Map<Integer, String> paid = new ConcurrentHashMap<>();
        var load =
                Flux.range(0, 300)
                        .flatMap(i -> buying(visitors.get(i % 75), schedule, i + 1, paid), 8)
                        .then()
                        .toFuture();

        await().until(() -> paid.size() > 60);
        primary.kill();
        told(standby, 1);
        Duration recovered = Beside.longerUntilServed(booking);
        load.get();

        assertThat(recovered).isLessThan(Duration.ofSeconds(5));
        paid.forEach((seat, reservation) -> assertThat(status(reservation)).isEqualTo("PAID"));
        visitors.getFirst().get("/api/v1/tickets").is(200);
        Audits.everythingIsWellIn(booking);
    }

    /** Old connections stay, and every write on them is refused with 25006. */
    @Test
    void aSwitchoverThatBreaksNoConnectionIsNoticedAsFast() {
        Visitor visitor = booking.visitor();
        visitor.charge(1).is(201);
        primary.ask(FENCE);
        primary.ask(
                "CREATE TRIGGER fence BEFORE INSERT OR UPDATE ON account FOR EACH ROW EXECUTE"
                        + " FUNCTION fence()");
        await().until(
                        () ->
                                standby.ask(
                                                "SELECT count(*) FROM pg_trigger WHERE tgname ="
                                                        + " 'fence'")
                                        .equals("1"));
        primary.ask("ALTER SYSTEM SET default_transaction_read_only = on");
        told(primary, 2);
        told(standby, 1);

        Duration recovered = Beside.longerUntilServed(booking);

        assertThat(recovered).isLessThan(Duration.ofSeconds(5));
        visitor.charge(2).is(201);
        assertThat(standby.ask("SELECT sum(amount) FROM ledger_entry")).isEqualTo("3");
        Audits.everythingIsWellIn(booking);
    }

    /** As docs/operations.md says. */
    private static void told(InstalledPostgres server, int block) {
        Runbook.block(PAGE, "sql", block).lines().forEach(server::ask);
    }

    private static Mono<Void> buying(
            Visitor visitor, ScheduleId schedule, int seat, Map<Integer, String> paid) {
        return visitor.reserving(schedule, null, seat)
                .filter(held -> held.status() == 201)
                .map(held -> held.text("reservationId"))
                .flatMap(
                        reservation ->
                                visitor.paying(reservation)
                                        .filter(it -> it.status() == 201)
                                        .doOnNext(_ -> paid.put(seat, reservation)))
                .then();
    }

    private String status(String reservation) {
        return booking.text("SELECT status FROM reservation WHERE id = ?::uuid", reservation);
    }
}
