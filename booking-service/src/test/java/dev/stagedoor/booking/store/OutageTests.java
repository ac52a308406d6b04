package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.PastTheService;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What is wrong with PostgreSQL: told apart to callers, in the log, and by health. */
@Isolated
@Timeout(120)
class OutageTests {

    private static final String CHARGES = "/api/v1/balance/charges";

    private static final String WAITING =
            " FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname ="
                    + " current_database()";

    private static Database known;
    private static Booking booking;

    private final ListAppender<ILoggingEvent> told = new ListAppender<>();
    private final Logger logger =
            (Logger) LoggerFactory.getLogger("dev.stagedoor.booking.store.Outages");
    private final ScheduleId schedule = booking.schedule();
    private final Visitor visitor = booking.visitor();

    /** Not the owner of the database, so that it can be locked out. */
    private static Database asSeller() {
        Database owned = OwnDatabase.create("outages");
        OwnDatabase.owner().sql("DROP ROLE IF EXISTS seller");
        OwnDatabase.owner().sql("CREATE ROLE seller SUPERUSER LOGIN");
        return new Database(owned.host(), owned.port(), owned.name(), "seller", "");
    }

    @BeforeAll
    static void start() {
        known = asSeller();
        booking = Booking.patient(DevServices.redisUrl(), known, Booking.MANAGED);
    }

    @AfterAll
    static void stop() {
        booking.close();
    }

    @BeforeEach
    void listen() {
        told.start();
        logger.addAppender(told);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(told);
    }

    @Test
    void aFullDiskIsNotBusyAndIsSaidOnce() {
        raise("53100");
        try {
            List<Answered> refused =
                    Flux.range(1, 20)
                            .concatMap(seat -> visitor.reserving(schedule, null, seat))
                            .collectList()
                            .block();

            assertThat(refused).allSatisfy(it -> it.is(503, "booking-unavailable"));
            assertThat(refused).allMatch(it -> it.header("Retry-After").equals("10"));
            saidOnce("FULL", "53100");
            healthSays("UP", "FULL");
        } finally {
            booking.sql("DROP TRIGGER broken ON ticket");
        }
        visitor.reserve(schedule, 1).is(201);
    }

    /** PostgreSQL calls it a defect of its own: no index of it wants to be repaired. */
    @Test
    void aDiskTooFullToConnectIsNoDamage() {
        raise("XX000", "could not write init file");
        try {
            visitor.reserve(schedule, 1).is(503, "booking-unavailable");

            healthSays("UP", "FULL");
        } finally {
            booking.sql("DROP TRIGGER broken ON ticket");
        }
    }

    @Test
    void aDamagedIndexIsNotBusyAndIsSaidOnce() {
        raise("XX002");
        try {
            for (int seat = 1; seat <= 5; seat++) {
                visitor.reserve(schedule, seat).is(503, "booking-unavailable");
            }

            saidOnce("DAMAGED", "XX002");
            healthSays("UP", "DAMAGED");
        } finally {
            booking.sql("DROP TRIGGER broken ON ticket");
        }
    }

    @Test
    void whoIsLockedOutSaysSoAndIsNotReady() throws IOException {
        PastTheService owner = OwnDatabase.owner();
        owner.sql("ALTER ROLE seller NOLOGIN");
        try {
            owner.number(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename ="
                            + " 'seller'");
            await().until(
                            () ->
                                    visitor.get("/api/v1/balance")
                                            .code()
                                            .equals("booking-unavailable"));

            saidOnce("LOCKED_OUT", "28000");
            await().until(() -> readiness().status() == 503);
            healthSays("DOWN", "LOCKED_OUT");
            Installed.run(
                    "sh",
                    "-c",
                    "{ %s} | grep DOWN | grep LOCKED_OUT | grep -q 28000"
                            .formatted(Runbook.block("PostgreSQL lost", "", 0))
                            .replace(":9081/", ":" + booking.managementPort() + "/"));
        } finally {
            owner.sql("ALTER ROLE seller LOGIN");
        }
        await().until(() -> readiness().status() == 200);
        visitor.reserve(schedule, 1).is(201);
    }

    @Test
    void byTheRunbookAnotherPasswordTakesThePlaceOfOneAndNobodyIsLockedOut() {
        PastTheService owner = OwnDatabase.owner();
        owner.sql(Runbook.block("Replacing a password", "sql", 0));
        Database asNext =
                new Database(known.host(), known.port(), known.name(), "seller_2027", "NEW");
        try (Booking next = Booking.patient(DevServices.redisUrl(), asNext)) {
            owner.sql(Runbook.block("Replacing a password", "sql", 1));

            next.visitor().reserve(next.schedule(), 1).is(201);
            next.sql("CREATE TABLE of_whom ()");
            assertThat(
                            next.number(
                                    "SELECT count(*) FROM pg_tables WHERE tablename = 'of_whom'"
                                            + " AND tableowner = 'seller'"))
                    .isEqualTo(1);
        } finally {
            owner.sql("ALTER ROLE seller LOGIN");
            owner.sql("DROP ROLE seller_2027");
        }
    }

    @Test
    void whoseTablesAreMissingSaysSoAndIsNotReady() {
        booking.sql("ALTER TABLE concert RENAME TO not_yet");
        try {
            await().until(() -> readiness().status() == 503);

            healthSays("DOWN", "NOT_MIGRATED");
            saidOnce("NOT_MIGRATED", "42P01");
            visitor.get("/api/v1/tickets").is(503, "booking-unavailable");
        } finally {
            booking.sql("ALTER TABLE not_yet RENAME TO concert");
        }
        await().until(() -> readiness().status() == 200);
        visitor.reserve(schedule, 1).is(201);
    }

    @Test
    void aCommitThatIsUndoneIsNoneThatMayStand() {
        booking.sql(
                "CREATE OR REPLACE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$"
                        + " BEGIN RAISE EXCEPTION 'late' USING ERRCODE = '54000'; END $$");
        booking.sql(
                "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ledger_entry DEFERRABLE"
                        + " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late()");
        try {
            visitor.charge(1).is(503, "booking-unavailable");
        } finally {
            booking.sql("DROP TRIGGER late ON ledger_entry");
        }
        assertThat(visitor.balance()).isZero();
    }

    @Test
    void whatBreaksOffUnderWayMayStandAndTheSameKeyTells() throws Exception {
        CompletableFuture<Answered> charging;
        try (Connection other = booking.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE");
            charging = charging("broken-off").toFuture();
            await().until(() -> booking.number("SELECT count(*)" + WAITING) == 1);
            booking.sql("SELECT pg_terminate_backend(pid)" + WAITING);
            charging.join().is(503, "outcome-unknown");
        }

        await().until(() -> charging("broken-off").block().status() == 201);
        charging("broken-off").block().is(201);
        assertThat(visitor.balance()).isEqualTo(1_000);
    }

    /** As by a restart, or where PostgreSQL ends what is idle: some may be found alive still. */
    @Test
    void nobodyIsRefusedForConnectionsThatAreFoundDead() throws Exception {
        List<CompletableFuture<Answered>> charging;
        try (Connection other = booking.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE");
            charging =
                    Stream.generate(booking::visitor)
                            .limit(4)
                            .map(buyer -> buyer.send("POST", CHARGES, "{\"amount\":1}").toFuture())
                            .toList();
            await().until(() -> booking.number("SELECT count(*)" + WAITING) == 4);
        }
        charging.forEach(it -> it.join().is(201));

        booking.sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename ="
                        + " 'seller' AND pid <> pg_backend_pid()");
        await().until(() -> visitor.get("/api/v1/balance").status() == 200);

        assertThat(told.list)
                .map(ILoggingEvent::getFormattedMessage)
                .noneMatch(it -> it.contains("validation failed"));
    }

    /** Nobody else knows that they tried: in the record stands what was done. */
    @Test
    void whatAnOperatorMayHaveDoneWhenItBrokeOffIsInTheLogWithTheirName() throws Exception {
        breaksOff(
                "schedule WHERE id = " + schedule,
                "/admin/schedules/" + schedule + "/cancel",
                "{\"reason\":\"100 % rain\"}");

        assertThat(told.list)
                .map(ILoggingEvent::getFormattedMessage)
                .contains(
                        "schedule %s cancelled: 100 %% rain by admin from 127.0.0.1, or not"
                                .formatted(schedule));
    }

    @Test
    void whosePasswordMayHaveBeenResetIsSaidByIdAndNotByAddress() throws Exception {
        String token =
                booking.stranger().post("/api/v1/users", "{\"name\":\"Ada\"}").text("accessToken");
        Visitor ada = booking.visitor(token, 0);
        ada.send(
                        "PUT",
                        "/api/v1/users/me/sign-in",
                        "{\"email\":\"ada@example.org\",\"password\":\"a horse and a battery\"}")
                .block()
                .is(204);

        breaksOff(
                "users WHERE id = '%s'".formatted(ada.user().uuid()),
                "/admin/password-resets",
                "{\"email\":\"ada@example.org\"}");

        assertThat(told.list)
                .map(ILoggingEvent::getFormattedMessage)
                .contains(
                        "password of %s reset by admin from 127.0.0.1, or not"
                                .formatted(ada.user()))
                .noneMatch(it -> it.contains("ada@example.org"));
    }

    /** What an operator asks for waits for a row, and its connection ends. */
    private void breaksOff(String row, String path, String wish) throws Exception {
        Logger changes = (Logger) LoggerFactory.getLogger("dev.stagedoor.booking.admin.Changes");
        changes.addAppender(told);
        try (Connection other = booking.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM " + row + " FOR UPDATE");
            CompletableFuture<Answered> asking =
                    new Admin(booking).sending("POST", path, wish).toFuture();
            await().until(() -> booking.number("SELECT count(*)" + WAITING) == 1);
            booking.sql("SELECT pg_terminate_backend(pid)" + WAITING);
            asking.join().is(503, "outcome-unknown");
        } finally {
            changes.detachAppender(told);
        }
    }

    private Mono<Answered> charging(String key) {
        return visitor.send("POST", CHARGES, "{\"amount\":1000}", "Idempotency-Key", key);
    }

    @Test
    void whoLosesARaceTwiceTriesAgainAndMoreOftenIsToldToComeBack() {
        loseRaces(2);
        visitor.charge(1).is(201);

        loseRaces(3);
        visitor.charge(1).is(503, "booking-busy");
        visitor.charge(1).is(201);

        booking.sql("DROP TRIGGER races ON ledger_entry");
    }

    /** Numbers of a sequence are not taken back. */
    private static void loseRaces(int number) {
        booking.sql("DROP SEQUENCE IF EXISTS race");
        booking.sql("CREATE SEQUENCE race");
        booking.sql(
                """
                CREATE OR REPLACE FUNCTION races() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF nextval('race') <= %d THEN
                        RAISE EXCEPTION 'lost' USING ERRCODE = '40001';
                    END IF;
                    RETURN NEW;
                END $$
                """
                        .formatted(number));
        booking.sql(
                "CREATE OR REPLACE TRIGGER races BEFORE INSERT ON ledger_entry FOR EACH ROW"
                        + " EXECUTE FUNCTION races()");
    }

    private static void raise(String state) {
        raise(state, "so it says");
    }

    private static void raise(String state, String words) {
        booking.sql(
                """
                CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION '%', TG_ARGV[1] USING ERRCODE = TG_ARGV[0];
                END $$
                """);
        booking.sql(
                "CREATE TRIGGER broken BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION"
                        + " broken('%s', '%s')".formatted(state, words));
    }

    private void saidOnce(String outage, String state) {
        assertThat(told.list)
                .map(ILoggingEvent::getFormattedMessage)
                .filteredOn(it -> it.contains(outage))
                .singleElement()
                .asString()
                .contains("SQLSTATE " + state);
    }

    private static Answered readiness() {
        return booking.atManagement().get("/actuator/health/readiness");
    }

    private static void healthSays(String status, String outage) {
        Answered health = booking.atManagement().get("/actuator/health/readiness");
        assertThat(health.text("components/r2dbc/status")).as(health.body()).isEqualTo(status);
        assertThat(health.text("components/r2dbc/details/outage")).isEqualTo(outage);
    }
}
