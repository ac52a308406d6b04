package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import reactor.core.Disposable;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A house with sections, rows and categories. */
@Timeout(120)
class HouseTests {

    /** Six to the left of an aisle, four to the right; a gallery with letters; a place to stand. */
    private static final String SMALL =
            """
            {"name":"%s","sections":[
              {"name":"Stalls","category":"A","y":2,"rows":[
                {"name":"1","seats":6,"x":-8},{"name":"1","labels":["7","8","9","10"],"x":2,"accessible":["9"]},
                {"name":"2","seats":8,"category":"B"}]},
              {"name":"Floor","category":"F","y":1,"places":5}]}
            """;

    private final Booking booking = Booking.shared();

    @Test
    void isSoldByItsPlan() {
        Answered plan = plan(SMALL).is(201);
        assertThat(plan.number("version")).isEqualTo(1);
        assertThat(plan.number("seatCount")).isEqualTo(23);
        ScheduleId schedule = show(plan, "{\"A\":900,\"B\":500,\"F\":300}");

        Visitor visitor = booking.visitor();
        Answered held = visitor.reserve(schedule, 9, 14, 20).is(201);

        assertThat(held.number("payment/amount")).isEqualTo(900 + 500 + 300);
        assertThat(held.at("tickets/0/place").toString())
                .isEqualTo(
                        "{\"section\":\"Stalls\",\"row\":\"1\",\"seat\":\"9\",\"category\":\"A\"}");
        assertThat(held.text("tickets/1/place/seat")).isEqualTo("4");
        assertThat(held.at("tickets/2/place").toString())
                .isEqualTo("{\"section\":\"Floor\",\"category\":\"F\"}");
        assertThat(visitor.get("/api/v1/tickets").text("tickets/0/place/section")).isNotEmpty();
        visitor.reserve(schedule, 24).is(404, "seat-not-found");
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void isTheSameForEver() {
        Answered plan = plan(SMALL).is(201);
        String drawn = "/api/v1/plans/" + plan.number("planId");
        Visitor visitor = booking.visitor();

        Answered first = visitor.get(drawn).is(200);
        Answered again = visitor.get(drawn, "If-None-Match", first.header("ETag"));

        assertThat(first.header("Cache-Control")).contains("max-age=31536000", "immutable");
        assertThat(again.status()).isEqualTo(304);
        assertThat(first.at("benches")).hasSize(4);
        assertThat(first.at("benches/1/firstSeat").asInt()).isEqualTo(7);
        assertThat(first.at("benches/1/accessible").toString()).isEqualTo("[9]");
        assertThat(first.at("benches/1/x").asDouble()).isEqualTo(2);
        assertThat(first.at("benches/3/standing").asBoolean()).isTrue();
        visitor.get("/api/v1/plans/999999999").is(404, "plan-not-found");
        assertThatThrownBy(() -> booking.sql("UPDATE plan SET name = 'Other'"))
                .hasStackTraceContaining("plan is append-only");
    }

    @Test
    void hasVersions() {
        String name = name();
        Answered first = admin("POST", "/admin/plans", SMALL.formatted(name)).is(201);
        Answered second = admin("POST", "/admin/plans", SMALL.formatted(name)).is(201);

        assertThat(second.number("version")).isEqualTo(2);
        assertThat(admin("GET", "/admin/plans", "").is(200).text("plans/0/planId"))
                .isEqualTo(second.text("planId"));
        Answered document = admin("GET", first.header("Location"), "").is(200);
        assertThat(document.text("sections/0/rows/1/labels/2")).isEqualTo("9");
        admin("POST", "/admin/plans", document.body()).is(201);
        admin("GET", "/admin/plans/999999999", "").is(404, "plan-not-found");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"sections":[]}                                                                                | name
                    {"name":"N","sections":[null]}                                                                 | sections[0]
                    {"name":"N","sections":[{"name":"S","category":"A"}]}                                          | sections[0].rows
                    {"name":"N","sections":[{"name":"S","category":"A","places":0}]}                               | sections[0].places
                    {"name":"N","sections":[{"name":"S","rows":[{"name":"1","seats":3}]}]}                         | sections[0].rows[0].category
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":1001}]}]}       | sections[0].rows[0].seats
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","labels":[null]}]}]}    | sections[0].rows[0].labels
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":3},{"name":"1","seats":3}]}]} | sections[0].rows[1].labels
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":3,"accessible":["4"]}]}]} | sections[0].rows[0].accessible
                    {"name":"N","sections":[{"name":"S","category":"A","rows":[{"name":"1","seats":3,"accessible":["1","1"]}]}]} | sections[0].rows[0].accessible
                    {"name":"N","sections":[{"name":"S","category":"A","places":1},{"name":"S","category":"A","places":1}]} | sections[1].name
                    {"name":"N","sections":[{"name":"S","category":"A","places":"many"}]}                          | sections[0].places
                    {"name":"N","sections":[{"name":"S","category":"A","x":1e9,"places":1}]}                       | sections[0].x
                    {"name":"N","sections":[{"name":"S","category":"A","places":99999},{"name":"T","category":"A","places":99999}]} | sections
                    [7]                                                                                            | body
                    {                                                                                              | body
                    """)
    void ofWhichSomethingIsWrongIsToldWhere(String plan, String where) {
        assertThat(admin("POST", "/admin/plans", plan).is(400, "validation-failed").body())
                .contains("\"field\":\"" + where + "\"");
    }

    @Test
    void hasNoEndlessPlan() {
        admin("POST", "/admin/plans", " ".repeat((1 << 20) + 1)).is(413, "body-too-large");

        String floors =
                IntStream.rangeClosed(1, 5_001)
                        .mapToObj(
                                "{\"name\":\"%d\",\"category\":\"A\",\"places\":1,\"rows\":[]}"
                                        ::formatted)
                        .collect(Collectors.joining(","));
        plan("{\"name\":\"%%s\",\"sections\":[%s]}".formatted(floors)).is(400, "validation-failed");

        // Five million seats are counted, and none of them is looked at: the last row is the first
        // again.
        String rows =
                IntStream.rangeClosed(1, 5_000)
                        .mapToObj(i -> "{\"name\":\"%d\",\"seats\":1000}".formatted(i % 4_999))
                        .collect(Collectors.joining(","));
        String house =
                "{\"name\":\"%%s\",\"sections\":[{\"name\":\"S\",\"category\":\"A\",\"rows\":[%s]}]}"
                        .formatted(rows);
        assertThat(plan(house).is(400, "validation-failed").text("fields/0/field"))
                .isEqualTo("sections");
    }

    @Test
    void needsAPriceForEachCategory() {
        Answered plan = plan(SMALL).is(201);

        staging(plan.text("planId"), "{\"A\":900,\"B\":500}").is(400, "validation-failed");
        staging(plan.text("planId"), "{\"A\":1,\"B\":1,\"F\":1,\"G\":1}").is(400);
        staging(plan.text("planId"), "{\"A\":1,\"B\":1,\"F\":0}").is(400);
        staging(plan.text("planId"), "null").is(400);
        staging(plan.text("planId"), "{\"A\\u0000\":1}").is(400, "validation-failed");
        staging("999999999", "{\"A\":1}").is(404, "plan-not-found");
    }

    @Test
    void givesTheBestThatAreFreeSideBySide() {
        ScheduleId schedule = show(plan(SMALL), "{\"A\":900,\"B\":500,\"F\":300}");
        Visitor visitor = booking.visitor();

        // Seat 7 is 2 from the middle and 2 from the stage, 8 stays with 9 and 10.
        assertThat(seats(best(visitor, schedule, "\"quantity\":1,\"category\":\"A\"")))
                .isEqualTo("[6]");
        assertThat(seats(best(visitor, schedule, "\"quantity\":2,\"category\":\"A\"")))
                .isEqualTo("[7,8]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2,\"category\":\"B\"")))
                .isEqualTo("[13,14]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":3,\"category\":\"F\"")))
                .isEqualTo("[19,20,21]");
        best(booking.visitor(), schedule, "\"quantity\":3,\"category\":\"F\"")
                .is(409, "not-enough-seats");
        best(visitor, schedule, "\"quantity\":2,\"category\":\"A\"").is(409, "seat-limit-reached");
        Audits.everythingIsWellIn(booking);
    }

    /** Of five in a row nobody takes the second to the fourth. */
    @Test
    void leavesNoSeatAloneWhereThatCanBeAvoided() {
        ScheduleId schedule = booking.schedule(10, 4);

        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2"))).isEqualTo("[5,6]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2"))).isEqualTo("[3,4]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2"))).isEqualTo("[7,8]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":1"))).isEqualTo("[2]");
    }

    @Test
    void refusesWhatCannotBeTogetherUnlessItMayBeApart() {
        ScheduleId schedule = booking.schedule(10, 10);
        booking.visitor().reserve(schedule, 3, 6, 7, 10).is(201);
        Visitor visitor = booking.visitor();

        best(visitor, schedule, "\"quantity\":3").is(409, "seats-not-together");
        Answered apart = best(visitor, schedule, "\"quantity\":5,\"apart\":true").is(201);
        best(visitor, schedule, "\"quantity\":2,\"apart\":true").is(409, "not-enough-seats");

        assertThat(seats(apart)).isEqualTo("[2,4,5,8,9]");
        booking.letHoldsRunOut(schedule);
        best(visitor, schedule, "\"quantity\":10").is(201);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void givesTheSameBestSeatsForTheSameKey() {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        String wish = "{\"scheduleId\":%s,\"quantity\":2}".formatted(schedule);

        Answered first = visitor.post("/api/v1/reservations", wish, "Idempotency-Key", "k");
        Answered again = visitor.post("/api/v1/reservations", wish, "Idempotency-Key", "k");

        assertThat(again.body()).isEqualTo(first.is(201).body());
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "quantity":0                          | quantity
                    "quantity":11                         | quantity
                    "quantity":2,"seatNumbers":[1]        | seatNumbers
                    "seatNumbers":[1],"category":"A"      | quantity
                    "quantity":1,"category":""            | category
                    "quantity":1.5                        | quantity
                    "quantity":1,"apart":"yes"            | apart
                    """)
    void refusesAWishThatIsNone(String wish, String field) {
        assertThat(
                        best(booking.visitor(), booking.schedule(), wish)
                                .is(400, "validation-failed")
                                .body())
                .contains("\"field\":\"" + field + "\"");
    }

    @Test
    void knowsItsCategories() {
        ScheduleId schedule = booking.schedule();

        best(booking.visitor(), schedule, "\"quantity\":1,\"category\":\"A\"")
                .is(404, "category-not-found");
        best(booking.visitor(), new ScheduleId(999_999_999), "\"quantity\":1")
                .is(404, "schedule-not-found");
    }

    @Test
    void tellsWhatHasChangedSinceAVersionInAFewBytes() {
        ScheduleId schedule = booking.schedule(20_000, 4);
        booking.sql(
                """
                UPDATE seat SET status = 'BLOCKED'
                WHERE schedule_id = ? AND hashint4(seat_number) % 2 = 0
                """,
                schedule.value());
        long free = free(schedule);
        Visitor visitor = booking.visitor();
        String states = "/api/v1/schedules/" + schedule + "/seats/states";

        Answered whole = visitor.get(states, "Accept-Encoding", "gzip").is(200);
        Answered plain = visitor.get(states).is(200);
        visitor.reserve(schedule, (int) free).is(201);
        String since = states + "?since=" + plain.text("version");
        await().until(() -> !visitor.get(since).text("changes").isEmpty());
        Answered changed = visitor.get(since).is(200);

        assertThat(whole.bytes()).hasSizeLessThan(6 * 1024);
        assertThat(plain.number("seatCount")).isEqualTo(20_000);
        assertThat(state(plain, (int) free)).isZero();
        assertThat(changed.bytes()).hasSizeLessThan(200);
        assertThat(changed.number("available")).isEqualTo(plain.number("available") - 1);
        byte[] change = Base64.getDecoder().decode(changed.text("changes"));
        assertThat((change[0] & 255) << 16 | (change[1] & 255) << 8 | change[2] & 255)
                .isEqualTo(free * 4 + 1);
        assertThat(state(visitor.get(states + "?since=unknown"), (int) free)).isEqualTo(1);
        visitor.get("/api/v1/schedules/999999999/seats/states").is(404, "schedule-not-found");
    }

    private long free(ScheduleId schedule) {
        return booking.number(
                "SELECT max(seat_number) FROM seat WHERE schedule_id = ? AND status = 'AVAILABLE'",
                schedule.value());
    }

    private static int state(Answered states, int number) {
        byte[] bits = Base64.getDecoder().decode(states.text("seats"));
        return bits[(number - 1) / 4] >> 6 - (number - 1) % 4 * 2 & 3;
    }

    /** Every stream has each change, once, within a second. */
    @Test
    void showsEachChangeToWhoeverLooksOn() {
        ScheduleId schedule = booking.schedule(20_000, 4);
        List<UserId> users = Stream.generate(UserId::random).limit(50).toList();
        booking.register(users);
        Map<UserId, List<String>> heard = new ConcurrentHashMap<>();
        String events = "/api/v1/schedules/" + schedule + "/seats/events";

        List<Disposable> streams =
                users.stream()
                        .map(
                                it ->
                                        booking.visitor(it)
                                                .hearing(events)
                                                .subscribe(text -> note(heard, it, text)))
                        .toList();
        await().until(() -> heard.size() == 50);
        Duration longer = Beside.longer(booking, () -> holdUntilItIsIn(heard.values(), schedule));
        streams.forEach(Disposable::dispose);

        assertThat(longer).isLessThan(Duration.ofSeconds(1));
        assertThat(heard.values())
                .allSatisfy(
                        all ->
                                assertThat(all.getLast())
                                        .contains("\"since\"")
                                        .hasSizeLessThan(300));
    }

    private void holdUntilItIsIn(Collection<List<String>> heard, ScheduleId schedule) {
        String version = version(booking.visitor().reserve(schedule, 7).is(201), schedule);
        await().pollInterval(Duration.ofMillis(10))
                .until(() -> heard.stream().allMatch(all -> isIn(all, version)));
    }

    @Test
    void letsNobodyLookOnInManyTabs() {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        String events = "/api/v1/schedules/" + schedule + "/seats/events";
        List<String> heard = new CopyOnWriteArrayList<>();
        List<Disposable> streams =
                Stream.generate(() -> visitor.hearing(events).subscribe(heard::add))
                        .limit(4)
                        .toList();
        await().until(() -> heard.size() >= 4);

        Answered fifth = visitor.get(events).is(503, "booking-busy");
        streams.forEach(Disposable::dispose);

        assertThat(fifth.header("Retry-After")).isEqualTo("5");
        await().until(() -> visitor.hearing(events).next().block().contains("\"seats\""));
        visitor.get("/api/v1/schedules/999999999/seats/events").is(404, "schedule-not-found");
    }

    @Test
    void goesOnFromWhatWasSeenLastOnWhicheverInstance() {
        ScheduleId schedule = booking.schedule();
        String states = "/api/v1/schedules/" + schedule + "/seats/states";
        String events = "/api/v1/schedules/" + schedule + "/seats/events";
        Visitor there = Booking.beside().visitor();
        String last = version(booking.visitor().reserve(schedule, 7), schedule);
        await().until(() -> there.get(states).text("version").equals(last));

        booking.visitor().reserve(schedule, 8).is(201);

        String held = "\"changes\":\"AAAh\""; // seat 8 is held: 8 times 4, and 1
        await().until(() -> there.get(states + "?since=" + last).body().contains(held));
        assertThat(there.hearing(events + "?since=" + last).next().block()).contains(held);
        assertThat(there.hearing(events + "?since=none", "Last-Event-ID", last).next().block())
                .contains(held);
        assertThat(there.hearing(events).next().block()).doesNotContain("\"changes\"");
    }

    private String version(Answered held, ScheduleId schedule) {
        assertThat(held.status()).isEqualTo(201);
        String states = "/api/v1/schedules/" + schedule + "/seats/states";
        Visitor visitor = booking.visitor();
        return await().until(
                        () -> visitor.get(states),
                        it -> it.number("available") == it.number("seatCount") - 1)
                .text("version");
    }

    private static boolean isIn(List<String> heard, String version) {
        return heard.stream().anyMatch(it -> it.contains("id:" + version));
    }

    private static void note(Map<UserId, List<String>> heard, UserId user, String text) {
        heard.computeIfAbsent(user, _ -> new CopyOnWriteArrayList<>()).add(text);
    }

    private static Answered best(Visitor visitor, ScheduleId schedule, String wish) {
        return visitor.post(
                "/api/v1/reservations", "{\"scheduleId\":%s,%s}".formatted(schedule, wish));
    }

    private static String seats(Answered held) {
        return StreamSupport.stream(held.is(201).at("tickets").spliterator(), false)
                .map(ticket -> ticket.get("seatNumber").asString())
                .collect(Collectors.joining(",", "[", "]"));
    }

    private ScheduleId show(Answered plan, String prices) {
        Answered staged = staging(plan.text("planId"), prices).is(201);
        Answered dates =
                booking.visitor()
                        .get("/api/v1/concerts/" + staged.number("concertId") + "/schedules");
        assertThat(dates.text("schedules/0/planId")).isEqualTo(plan.text("planId"));
        assertThat(dates.at("schedules/0/prices")).isNotEmpty();
        return new ScheduleId(staged.number("scheduleId"));
    }

    private Answered staging(String plan, String prices) {
        Instant starts = Instant.now().plus(Duration.ofDays(7));
        return admin(
                "POST",
                "/admin/concerts/" + booking.concert().concertId() + "/schedules",
                "{\"startsAt\":\"%s\",\"planId\":%s,\"prices\":%s}"
                        .formatted(starts, plan, prices));
    }

    private Answered plan(String document) {
        return admin("POST", "/admin/plans", document.formatted(name()));
    }

    private static String name() {
        return "Hall " + ThreadLocalRandom.current().nextLong();
    }

    private Answered admin(String method, String path, String body) {
        return booking.atManagement()
                .send(method, path, body, "Authorization", Admin.basic(Booking.ADMIN_PASSWORD))
                .block();
    }
}
