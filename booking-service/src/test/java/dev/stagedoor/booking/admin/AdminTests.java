package dev.stagedoor.booking.admin;

import static dev.stagedoor.booking.stage.Admin.basic;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** What is asked of the management port. */
@Timeout(60)
class AdminTests {

    private final Booking booking = Booking.shared();
    private final Visitor management = booking.atManagement();

    @Test
    void anAdminRunsASale() {
        Answered concert =
                admin(
                                "POST",
                                "/admin/concerts",
                                "{\"title\":\"Gala\",\"artist\":\"A\",\"venue\":\"V\"}")
                        .is(201);
        String schedules = "/admin/concerts/" + concert.number("concertId") + "/schedules";
        String terms =
                "{\"startsAt\":\"%s\",\"price\":1000}"
                        .formatted(Instant.now().plusSeconds(100_000));

        Answered schedule = admin("POST", schedules, terms).is(201);
        admin("POST", schedules, terms).is(409, "schedule-exists");

        Visitor visitor = booking.visitor();
        Answered dates = visitor.get(concert.header("Location") + "/schedules").is(200);
        assertThat(dates.number("schedules/0/seatCount")).isEqualTo(50);
        String seats = "/admin/schedules/" + schedule.number("scheduleId") + "/seats";
        String body =
                "{\"scheduleId\":%d,\"seatNumbers\":[2]}".formatted(schedule.number("scheduleId"));

        Answered blocked =
                admin("PATCH", seats, "{\"seatNumbers\":[1,2,51],\"blocked\":true}").is(200);
        assertThat(blocked.at("changed").toString()).isEqualTo("[1,2]");
        assertThat(blocked.at("unchanged").toString()).isEqualTo("[51]");
        visitor.post("/api/v1/reservations", body).is(409, "seat-taken");

        admin("PATCH", seats, "{\"seatNumbers\":[2],\"blocked\":false}").is(200);
        visitor.post("/api/v1/reservations", body).is(201);
        assertThat(
                        admin("PATCH", seats, "{\"seatNumbers\":[2],\"blocked\":true}")
                                .is(200)
                                .at("changed"))
                .isEmpty();
    }

    @Test
    void aHoldThatHasRunOutDoesNotKeepASeatFromBeingBlocked() {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        String reservation = visitor.reserve(schedule, 1).text("reservationId");
        booking.letHoldsRunOut(schedule);

        Answered blocked =
                admin(
                        "PATCH",
                        "/admin/schedules/" + schedule + "/seats",
                        "{\"seatNumbers\":[1],\"blocked\":true}");

        assertThat(blocked.is(200).at("changed").toString()).isEqualTo("[1]");
        assertThat(booking.text("SELECT status FROM reservation WHERE id = ?::uuid", reservation))
                .isEqualTo("EXPIRED");
        Audits.everythingIsWellIn(booking);
    }

    /** It is held the moment before: whoever has it keeps it. */
    @Test
    void aSeatThatIsJustBeingHeldIsNeitherBlockedNorGivenBack() throws SQLException {
        ScheduleId schedule = booking.schedule();

        try (Connection holding = booking.connect()) {
            holding.setAutoCommit(false);
            holding.createStatement()
                    .execute(
                            "SELECT hold('%s', NULL, NULL, %s, '{1}', 60000)"
                                    .formatted(booking.visitor().user().uuid(), schedule));
            var blocking =
                    CompletableFuture.supplyAsync(
                            () ->
                                    booking.text(
                                            "SELECT block(?, '{1}', true)::text",
                                            schedule.value()));
            booking.awaitLockOf("block");
            holding.commit();

            assertThat(blocking.join()).isEqualTo("{}");
        }
        assertThat(booking.text("SELECT block(?, '{1,2}', false)::text", schedule.value()))
                .isEqualTo("{}");
        Audits.everythingIsWellIn(booking);
    }

    /** What takes longer than any statement of a buyer may. */
    @Test
    void aLargeHallIsPutOnInItsOwnTime() {
        ConcertId concert = booking.concert().concertId();
        try (Booking hurried =
                Booking.start(
                        DevServices.redisUrl(),
                        DevServices.database(),
                        "--stagedoor.booking.database.statement-timeout=150ms",
                        "--stagedoor.booking.database.lock-timeout=150ms")) {
            Instant starts = Instant.now().plusSeconds(100_000);
            ScheduleId hall =
                    hurried.bean(Staging.class)
                            .schedule(
                                    concert,
                                    new Terms(
                                            starts,
                                            Instant.now(),
                                            starts,
                                            30_000,
                                            4,
                                            50_000,
                                            null,
                                            Map.of()))
                            .block();

            assertThat(
                            booking.number(
                                    "SELECT count(*) FROM seat WHERE schedule_id = ?",
                                    hall.value()))
                    .isEqualTo(30_000);
        }
    }

    @Test
    void aZoneThatTheDatabaseDoesNotKnowIsNone() {
        String concert =
                """
                {"title":"Title","artist":"Artist","venue":"Venue","timeZone":"SystemV/PST8"}
                """;

        Answered answer = admin("POST", "/admin/concerts", concert);

        assertThat(answer.is(400, "validation-failed").text("fields/0/field"))
                .isEqualTo("timeZone");
    }

    @Test
    void mistakesOfAnAdminAreNamed() {
        Answered concert = admin("POST", "/admin/concerts", "{\"timeZone\":\"Mars\"}");
        Answered schedule =
                admin("POST", "/admin/concerts/1/schedules", "{\"price\":0,\"seatCount\":0}");

        assertThat(concert.is(400, "validation-failed").at("fields")).hasSize(4);
        assertThat(schedule.is(400, "validation-failed").at("fields")).hasSize(3);
        String tooMany = IntStream.rangeClosed(1, 1_001).boxed().toList().toString();
        admin("POST", "/admin/concerts", "{").is(400, "validation-failed");
        admin("POST", "/admin/concerts", "{\"title\":7}").is(400, "validation-failed");
        for (String seats : List.of("[]", "[null]", "null", tooMany)) {
            admin(
                            "PATCH",
                            "/admin/schedules/1/seats",
                            "{\"blocked\":true,\"seatNumbers\":" + seats + "}")
                    .is(400, "validation-failed");
        }
        admin("PATCH", "/admin/schedules/1/seats", "{\"seatNumbers\":[1]}")
                .is(400, "validation-failed");
        admin("PATCH", "/admin/schedules/999999999/seats", "{\"seatNumbers\":[1],\"blocked\":true}")
                .is(404, "schedule-not-found");
        admin("GET", "/admin/nothing", "").is(404, "not-found");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'price':1,'seatCount':100001                | seatCount",
                "'price':1,'seatsPerUser':0                  | seatsPerUser",
                "'price':1,'seatsPerUser':1001               | seatsPerUser",
                "'price':1000000001                          | price",
                "'price':1,'planId':1,'prices':{'A':1}       | price",
                "'price':1,'prices':{'A':1}                  | prices",
                "'planId':1,'prices':{'A':1000000001}        | prices",
                "'planId':0,'prices':{'A':1}                 | planId",
                "'planId':1,'prices':{'A':1},'seatCount':50  | seatCount"
            },
            quoteCharacter = '"')
    void aShowThatCannotBeIsNotPutOn(String terms, String wrong) {
        String show = "{'startsAt':'2030-01-01T00:00:00Z',%s}".formatted(terms).replace('\'', '"');

        Answered answer = admin("POST", "/admin/concerts/1/schedules", show);

        assertThat(answer.is(400, "validation-failed").at("fields")).hasSize(1);
        assertThat(answer.text("fields/0/field")).isEqualTo(wrong);
    }

    @ParameterizedTest
    @CsvSource({"UTC, 201", "Asia/Seoul, 201", "EST5EDT, 400", "Asia/Nowhere, 400"})
    void aVenueHasATimeZone(String zone, int status) {
        String concert = "{\"title\":\"T\",\"artist\":\"A\",\"venue\":\"V\",\"timeZone\":\"%s\"}";

        admin("POST", "/admin/concerts", concert.formatted(zone)).is(status);
    }

    /** In ISO 8601; the framework takes numbers for times as well, and lists of them for dates. */
    @ParameterizedTest
    @ValueSource(strings = {"1893456000", "1893456000.5", "\"1893456000\"", "[2030,1,1]", "true"})
    void aTimeThatIsNotWrittenAsOneIsNone(String time) {
        String schedules = "/admin/concerts/" + booking.concert().concertId() + "/schedules";

        Answered answer = admin("POST", schedules, "{\"startsAt\":%s,\"price\":1}".formatted(time));

        assertThat(answer.is(400, "validation-failed").text("fields/0/field"))
                .isEqualTo("startsAt");
        admin("POST", schedules, "{\"startsAt\":\"2030-01-01T09:00:00+09:00\",\"price\":1}")
                .is(201);
    }

    /** The database keeps microseconds. */
    @Test
    void aSaleOfLessThanAMicrosecondIsNone() {
        String terms =
                """
                {"startsAt":"2030-01-02T00:00:00Z","salesOpenAt":"2030-01-01T00:00:00.0000001Z",
                 "salesCloseAt":"2030-01-01T00:00:00.0000002Z","price":1}
                """;
        String schedules = "/admin/concerts/" + booking.concert().concertId() + "/schedules";

        Answered answer = admin("POST", schedules, terms).is(400, "validation-failed");

        assertThat(answer.text("fields/0/field")).isEqualTo("salesOpenAt");
    }

    @Test
    void nobodyElseComesIn() {
        management.get("/admin/audit").is(401, "admin-required");
        management.get("/%61dmin/audit").is(401, "admin-required");
        management.get("/admin/audit", "Authorization", basic("wrong")).is(401, "admin-required");
        management.get("/admin/audit", "Authorization", basic("")).is(401, "admin-required");
    }

    /** On a service of its own: guesses count. */
    @Test
    void guessesAreSlowedEachMayDoWhatTheirRoleSaysAndWhatIsChangedIsWrittenDown() {
        String hash = "{bcrypt}" + new BCryptPasswordEncoder(4).encode(Booking.ADMIN_PASSWORD);
        String concert = "{\"title\":\"Gala\",\"artist\":\"A\",\"venue\":\"V\"}";
        ListAppender<ILoggingEvent> told = record();
        try (Booking own =
                Booking.another(
                        Booking.MANAGED,
                        "--stagedoor.admin.operators.hana.password=" + hash,
                        "--stagedoor.admin.operators.hana.role=operator",
                        "--stagedoor.admin.operators.vera.password=" + hash,
                        "--stagedoor.admin.operators.dora.password=" + hash,
                        "--stagedoor.admin.operators.dora.role=door")) {
            Visitor management = own.atManagement();
            String hana = basic("hana", Booking.ADMIN_PASSWORD);
            String vera = basic("vera", Booking.ADMIN_PASSWORD);
            for (int guess = 0; guess < 12; guess++) {
                management.get("/admin/audit", "Authorization", basic("guess " + guess));
            }

            Answered right =
                    management.get("/admin/audit", "Authorization", basic(Booking.ADMIN_PASSWORD));
            assertThat(right.is(429, "too-many-requests").header("Retry-After")).isNotNull();
            management.get("/admin/audit", "Authorization", vera).is(200);
            management
                    .send("POST", "/admin/concerts", concert, "Authorization", vera)
                    .block()
                    .is(403, "operator-required");
            Answered made =
                    management
                            .send("POST", "/admin/concerts", concert, "Authorization", hana)
                            .block()
                            .is(201);

            ScheduleId schedule = own.schedule();
            onlyLetsIn(management, schedule, basic("dora", Booking.ADMIN_PASSWORD));
            String seats = "/admin/schedules/%s/seats".formatted(schedule);
            String block = "{\"seatNumbers\":[1,2],\"blocked\":true}";
            management.send("PATCH", seats, block, "Authorization", hana).block().is(200);

            assertThat(told.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .contains(
                            "concert %d put on by hana from 127.0.0.1"
                                    .formatted(made.number("concertId")),
                            "seats [1, 2] of schedule %s blocked by hana from 127.0.0.1"
                                    .formatted(schedule));
        }
    }

    private static void onlyLetsIn(Visitor management, ScheduleId schedule, String dora) {
        String show = "/admin/schedules/" + schedule;
        String scan = "{\"code\":\"no ticket\",\"door\":\"North\"}";
        management
                .send("POST", "/admin/check-in", scan, "Authorization", dora)
                .block()
                .is(422, "ticket-code-invalid");
        management.get(show + "/check-in", "Authorization", dora).is(200);
        assertThat(management.get("/admin/session", "Authorization", dora).text("role"))
                .isEqualTo("DOOR");
        for (String closed :
                List.of(
                        "/admin/concerts",
                        "/admin/audit",
                        "/admin/changes",
                        show + "/sales.csv",
                        show + "/check-in/more")) {
            management.get(closed, "Authorization", dora).is(403, "operator-required");
        }
        management
                .send("POST", show + "/cancel", "{\"reason\":\"rain\"}", "Authorization", dora)
                .block()
                .is(403, "operator-required");
    }

    @Test
    void theAuditorCanBeAsked() {
        Answered audit = admin("GET", "/admin/audit", "").is(200);

        assertThat(audit.at("well").asBoolean()).isTrue();
        assertThat(audit.at("violations")).isEmpty();
    }

    @Test
    void healthAndMetersAreThere() {
        booking.visitor().reserve(booking.schedule(), 1).is(201);

        assertThat(management.get("/actuator/health/readiness").is(200).text("status"))
                .isEqualTo("UP");
        assertThat(management.get("/actuator/health/liveness").is(200).text("status"))
                .isEqualTo("UP");
        assertThat(management.get("/actuator/prometheus").is(200).body())
                .contains("stagedoor_booking_seat_lock_total")
                .contains("stagedoor_booking_writes_ongoing")
                .contains("stagedoor_booking_holds_expired_total")
                .contains("r2dbc_pool_acquired");
        management.get("/actuator/env").is(404);
        management.get("/actuator/heapdump").is(404);
    }

    private static ListAppender<ILoggingEvent> record() {
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.start();
        Logger logger = (Logger) LoggerFactory.getLogger("dev.stagedoor.booking.admin");
        logger.setLevel(Level.INFO);
        logger.addAppender(told);
        return told;
    }

    private Answered admin(String method, String path, String body) {
        return management
                .send(method, path, body, "Authorization", basic(Booking.ADMIN_PASSWORD))
                .block();
    }
}
