package dev.stagedoor.booking.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.booking.store.Refusal;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/** What the seller's page is made of, and what it asks for. */
@Timeout(60)
class BoxOfficeTests {

    private static final Pattern PARTS = Pattern.compile("/admin/assets/[a-z]+\\.(js|css)");

    private final Booking booking = Booking.shared();
    private final Admin admin = new Admin(booking);
    private final Visitor anybody = booking.atManagement();
    private final ConcertId concert = booking.concert().concertId();

    @Test
    void thePageIsOpenAndForbidsWhatItDoesNotNeed() {
        Answered page = anybody.get("/admin/").is(200);

        assertThat(anybody.get("/admin").is(308).header("Location")).isEqualTo("/admin/");
        assertThat(page.header("Content-Type")).isEqualTo("text/html;charset=UTF-8");
        assertThat(page.header("Content-Security-Policy"))
                .startsWith("default-src 'none'; script-src 'self'")
                .doesNotContain("unsafe");
        assertThat(page.body()).doesNotContain("style=").doesNotContain("onclick");
        assertThat(Pattern.compile("<script(?! type=\"module\" src=)").matcher(page.body()).find())
                .isFalse();
        List<String> parts =
                PARTS.matcher(page.body()).results().map(it -> it.group()).distinct().toList();
        assertThat(parts).hasSize(2).allSatisfy(it -> anybody.get(it).is(200));
        for (String part :
                List.of("api.js", "calls.js", "elements.js", "plan.js", "view.js", "words.js")) {
            assertThat(
                            anybody.get("/admin/assets/" + part)
                                    .is(200)
                                    .header("X-Content-Type-Options"))
                    .isEqualTo("nosniff");
        }
        anybody.get("/admin/assets/none.js").is(404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/session",
                "/admin/concerts",
                "/admin/concerts/1/schedules",
                "/admin/schedules/1/sales.csv",
                "/admin/changes",
                "/admin/audit",
                "/admin/assets/../changes",
                "/admin/assets/x%2fy.js",
                "/admin/plans/1/drawing"
            })
    void nothingElseIsOpen(String path) {
        assertThat(anybody.get(path).status()).isIn(400, 401, 404);
        assertThat(anybody.get(path).body()).doesNotContain("changes\":");
    }

    @Test
    void theShowsOfAConcertTellHowTheySell() {
        ScheduleId schedule = show(10);
        Visitor buyer = buyer("Kim");
        String paid = buyer.pay(held(buyer, schedule, 1, 2)).text("paymentId");
        buyer.pay(held(buyer, schedule, 3)).is(201);
        held(buyer, schedule, 4);
        admin.patch(
                "/admin/schedules/" + schedule + "/seats",
                "{\"seatNumbers\":[9,10],\"blocked\":true}");

        Answered shows = admin.get("/admin/concerts/" + concert + "/schedules").is(200);

        assertThat(shows.at("schedules/0/categories").toString())
                .isEqualTo(
                        "[{\"category\":null,\"price\":50000,\"seats\":10,\"sold\":3,\"held\":1,"
                                + "\"free\":4,\"blocked\":2,\"money\":150000,\"entered\":0}]");
        assertThat(shows.at("schedules/0/onSale").asBoolean()).isTrue();
        admin.post("/admin/payments/" + paid + "/refund", "{\"reason\":\"x\"}").is(200);
        assertThat(
                        admin.get("/admin/concerts/" + concert + "/schedules")
                                .number("schedules/0/categories/0/money"))
                .isEqualTo(50_000);
        assertThat(admin.get("/admin/concerts?limit=1").at("concerts")).hasSize(1);
        admin.get("/admin/concerts?limit=0").is(400, "validation-failed");
        admin.get("/admin/concerts/999999999/schedules").is(404, "concert-not-found");
    }

    /** Without anything done about it: a hold that has run out, and a show that has begun. */
    @Test
    void whatIsOverByTheClockIsNeitherHeldNorOnSale() {
        ScheduleId schedule = show(10);
        held(buyer("Kim"), schedule, 1, 2);
        booking.letHoldsRunOut(schedule);
        booking.sql("UPDATE schedule SET starts_at = now() WHERE id = ?", schedule.value());

        Answered shows = admin.get("/admin/concerts/" + concert + "/schedules").is(200);

        assertThat(shows.number("schedules/0/categories/0/held")).isZero();
        assertThat(shows.number("schedules/0/categories/0/free")).isEqualTo(10);
        assertThat(shows.at("schedules/0/onSale").asBoolean()).isFalse();
    }

    /** Soonest first, though it was put on last. */
    @Test
    void theShowsOfAConcertStandByTheirTimeAndSellFromOpeningUntilTheyAreCancelled() {
        ScheduleId toOpen = show(10);
        ScheduleId cancelled = show(10);
        ScheduleId sooner = show(10);
        booking.sql(
                "UPDATE schedule SET sales_open_at = now() + interval '1 hour' WHERE id = ?",
                toOpen.value());
        booking.sql(
                "UPDATE schedule SET starts_at = starts_at - interval '1 day' WHERE id = ?",
                sooner.value());
        admin.post("/admin/schedules/" + cancelled + "/cancel", "{\"reason\":\"rain\"}").is(200);
        booking.sql("SELECT settle(?, 500)", cancelled.value());

        Answered shows = admin.get("/admin/concerts/" + concert + "/schedules").is(200);

        assertThat(shows.at("schedules"))
                .extracting(it -> it.get("scheduleId").asString() + it.get("onSale"))
                .containsExactly(sooner + "true", toOpen + "false", cancelled + "false");
    }

    /** Dearest first, and those that cost the same by their names. */
    @Test
    void theCategoriesOfAHouseStandByTheirPrice() {
        String section = ",{\"name\":\"$0\",\"category\":\"$0\",\"places\":1}";
        String sections = "HCJAFDBIEG".replaceAll(".", section).substring(1);
        Answered plan =
                admin.post("/admin/plans", "{\"name\":\"Hall\",\"sections\":[" + sections + "]}");
        String show =
                "{\"startsAt\":\"%s\",\"planId\":%s,\"prices\":{%s\"J\":900}}"
                        .formatted(
                                Instant.now().plus(Duration.ofDays(9)),
                                plan.is(201).text("planId"),
                                "ABCDEFGHI".replaceAll(".", "\"$0\":500,"));
        admin.post("/admin/concerts/" + concert + "/schedules", show).is(201);

        Answered shows = admin.get("/admin/concerts/" + concert + "/schedules").is(200);

        assertThat(shows.at("schedules/0/categories"))
                .extracting(it -> it.get("category").asString())
                .containsExactly("JABCDEFGHI".split(""));
    }

    @Test
    void whoAsksForAConcertThatIsNotThereIsToldAndNobodyElse() {
        List<LogRecord> told = new CopyOnWriteArrayList<>();
        Logger everything = Logger.getLogger("");
        Handler ear =
                new Handler() {
                    @Override
                    public void publish(LogRecord line) {
                        told.add(line);
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        everything.addHandler(ear);
        try {
            admin.get("/admin/concerts/999999998/schedules").is(404, "concert-not-found");
        } finally {
            everything.removeHandler(ear);
        }

        assertThat(told)
                .extracting(LogRecord::getThrown)
                .doesNotHaveAnyElementsOfTypes(Refusal.class);
    }

    @Test
    void salesAreAListThatASpreadsheetCannotMistake() {
        ScheduleId schedule = show(10);
        Visitor spy = buyer("=HYPERLINK(\\\"http://evil\\\",\\\"a,b\\\")");
        Answered paid = spy.pay(held(spy, schedule, 1));
        Visitor kim = buyer("＝1+1");
        kim.pay(held(kim, schedule, 2)).is(201);
        held(kim, schedule, 3);
        admin.post(
                        "/admin/payments/" + paid.text("paymentId") + "/refund",
                        "{\"reason\":\"+1\\r\\n\"}")
                .is(400, "validation-failed");
        admin.post("/admin/payments/" + paid.text("paymentId") + "/refund", "{\"reason\":\"-1\"}")
                .is(200);
        booking.sql(
                """
                INSERT INTO check_in (ticket_id, door, operator, entered_at)
                SELECT id, '@North', 'hana', now() FROM ticket
                WHERE schedule_id = ? AND seat_number = 2
                """,
                schedule.value());

        Answered sales = admin.get("/admin/schedules/" + schedule + "/sales.csv").is(200);

        assertThat(sales.header("Content-Type")).startsWith("text/csv");
        assertThat(sales.header("Content-Disposition"))
                .isEqualTo("attachment; filename=\"sales-%s.csv\"".formatted(schedule));
        assertThat(sales.body()).startsWith("\uFEFF\"seat\",\"section\",");
        List<String> lines = sales.body().lines().skip(1).toList();
        assertThat(lines).hasSize(2);
        assertThat(lines)
                .anySatisfy(
                        it ->
                                assertThat(it)
                                        .startsWith(
                                                "\"1\",,,,,\"50000\",\"REFUNDED\",\"'=HYPERLINK(\"\"http://evil\"\",\"\"a,b\"\")\",")
                                        .endsWith(",\"'-1\",,,"))
                .anySatisfy(
                        it ->
                                assertThat(it)
                                        .startsWith("\"2\",,,,,\"50000\",\"PAID\",\"'＝1+1\"")
                                        .contains(",,\"'@North\",")
                                        .endsWith(",\"hana\""));
        admin.get("/admin/schedules/999999999/sales.csv").is(404, "schedule-not-found");
    }

    /** Page by page, each ticket once. */
    @Test
    void aLongListIsWhole() {
        ScheduleId schedule = show(2_500);
        String buyers = "{%s,%s,%s}".formatted(id("A"), id("B"), id("C"));
        booking.sql(
                """
                SELECT pay(holder, NULL, NULL, ((hold(holder, NULL, NULL, ?,
                       ARRAY(SELECT generate_series(100 * n + 1, 100 * n + 100)), 60000)).body::json
                       ->> 'reservationId')::uuid)
                FROM (SELECT n, (?::uuid[])[1 + n / 10] AS holder FROM generate_series(0, 24) AS n) AS holds
                """,
                schedule.value(),
                buyers);

        List<String> lines =
                admin.get("/admin/schedules/" + schedule + "/sales.csv")
                        .is(200)
                        .body()
                        .lines()
                        .skip(1)
                        .map(it -> it.split(",")[0])
                        .toList();

        assertThat(lines).hasSize(2_500).doesNotHaveDuplicates();
    }

    @Test
    void whoDidWhatIsKept() {
        ScheduleId schedule = show(10);
        admin.patch(
                        "/admin/schedules/" + schedule + "/seats",
                        "{\"seatNumbers\":[3],\"blocked\":true}")
                .is(200);

        Answered newest = admin.get("/admin/changes?limit=1").is(200);

        admin.get("/admin/changes?limit=0").is(400, "validation-failed");
        assertThat(newest.text("changes/0/what"))
                .isEqualTo("seats [3] of schedule %s blocked".formatted(schedule));
        assertThat(newest.text("changes/0/who")).isEqualTo("admin from 127.0.0.1");
        assertThat(admin.get("/admin/changes?before=" + newest.number("changes/0/id")).body())
                .doesNotContain("seats [3] of schedule %s blocked".formatted(schedule));
        assertThat(admin.get("/admin/session").is(200).body())
                .isEqualTo("{\"name\":\"admin\",\"role\":\"OPERATOR\"}");
    }

    @Test
    void whatHasChangedNothingIsNoChange() {
        ScheduleId schedule = show(10);
        String path = "/admin/schedules/" + schedule;
        for (int i = 0; i < 2; i++) {
            admin.patch(path + "/seats", "{\"seatNumbers\":[3],\"blocked\":true}").is(200);
            admin.patch(path, "{\"seatsPerUser\":7}").is(200);
        }

        assertThat(
                        booking.number(
                                "SELECT count(*) FROM admin_change WHERE what LIKE ?",
                                "%schedule " + schedule + " %"))
                .isEqualTo(2);
    }

    /** A form of another site sends whatever it likes as text, with what the browser has kept. */
    @ParameterizedTest
    @CsvSource({
        "Content-Type, text/plain, 415, unsupported-media-type",
        "Sec-Fetch-Site, cross-site, 403, foreign-origin",
        "Sec-Fetch-Site, same-site, 403, foreign-origin",
        "Origin, http://evil.example, 403, foreign-origin",
        "Origin, null, 403, foreign-origin"
    })
    void theFormOfAnotherSiteChangesNothing(String header, String said, int status, String code) {
        String basic = Admin.basic(Booking.ADMIN_PASSWORD);
        String plan =
                """
                {"name":"Foreign","sections":[{"name":"S","category":"A","places":1}]}
                """;

        anybody.post("/admin/plans", plan, "Authorization", basic, header, said).is(status, code);

        assertThat(booking.number("SELECT count(*) FROM plan WHERE name = 'Foreign'")).isZero();
    }

    /** It can lead the browser to an address with a name and a password in it, again and again. */
    @Test
    void thePageOfAnotherSiteGuessesAtNobodysPassword() {
        String wrong = Admin.basic("guessed by another site");
        for (int i = 0; i < 10; i++) {
            anybody.get("/admin/session", "Authorization", wrong, "Sec-Fetch-Site", "cross-site")
                    .is(403, "foreign-origin");
        }

        anybody.get("/admin/session", "Authorization", Admin.basic(Booking.ADMIN_PASSWORD)).is(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"same-origin", "none"})
    void itsOwnPageMayChangeThings(String site) {
        anybody.post(
                        "/admin/concerts",
                        "{\"title\":\"T\",\"artist\":\"A\",\"venue\":\"V\"}",
                        "Authorization",
                        Admin.basic(Booking.ADMIN_PASSWORD),
                        "Sec-Fetch-Site",
                        site,
                        "Origin",
                        "http://127.0.0.1:" + booking.managementPort())
                .is(201);
    }

    private String id(String name) {
        return buyer(name).user().uuid().toString();
    }

    private ScheduleId show(int seats) {
        Instant starts = Instant.now().plus(Duration.ofDays(9));
        return booking.bean(Staging.class)
                .schedule(
                        concert,
                        new Terms(
                                starts,
                                Instant.now().minusSeconds(60),
                                starts,
                                seats,
                                1000,
                                50_000,
                                null,
                                Map.of()))
                .block();
    }

    private Visitor buyer(String name) {
        Visitor visitor = booking.visitor();
        visitor.send("PUT", "/api/v1/users/me", "{\"name\":\"%s\"}".formatted(name))
                .block()
                .is(200);
        booking.sql(
                "UPDATE users SET name = replace(?, '\\', '') WHERE id = ?",
                name,
                visitor.user().uuid());
        for (int i = 0; i < 20; i++) {
            visitor.charge(10_000_000).is(201);
        }
        return visitor;
    }

    private static String held(Visitor visitor, ScheduleId schedule, int... seats) {
        return visitor.reserve(schedule, seats).is(201).text("reservationId");
    }
}
