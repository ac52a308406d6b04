package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A concert has several shows a day; a show is moved, its sale is closed; what is shown of it. */
@Timeout(60)
class ShowLifeTests {

    /** Noon in Seoul, so that an evening of that day is the same date. */
    private static final Instant NOON =
            Instant.now()
                    .atOffset(ZoneOffset.UTC)
                    .plusDays(20)
                    .truncatedTo(ChronoUnit.DAYS)
                    .plusHours(3)
                    .toInstant();

    private final Booking booking = Booking.shared();
    private final Admin admin = new Admin(booking);
    private final Visitor visitor = booking.visitor();
    private final ConcertId concert = booking.concert().concertId();
    private final String dates = "/api/v1/concerts/" + concert + "/schedules";

    @Test
    void aConcertIsPlayedTwiceADay() {
        ScheduleId matinee = show(NOON);
        ScheduleId evening = show(NOON.plus(Duration.ofHours(7)));
        String date = visitor.get(dates).is(200).text("schedules/0/date");
        String wish =
                "{\"concertId\":%s,\"date\":\"%s\",\"seatNumbers\":[1]}".formatted(concert, date);

        Answered both = visitor.get(dates);
        Answered which = visitor.post("/api/v1/reservations", wish);

        assertThat(both.at("schedules"))
                .extracting(it -> it.get("date").asString())
                .containsExactly(date, date);
        assertThat(which.is(409, "date-ambiguous").at("scheduleIds").toString())
                .isEqualTo("[%s,%s]".formatted(matinee, evening));
        visitor.get("/api/v1/concerts/%s/seats?date=%s".formatted(concert, date))
                .is(409, "date-ambiguous");
        visitor.reserve(matinee, 1).is(201);
        visitor.reserve(evening, 1).is(201);
        admin.post("/admin/schedules/" + matinee + "/cancel", "{\"reason\":\"rain\"}").is(200);
        await().until(() -> visitor.post("/api/v1/reservations", wish).code().equals("seat-taken"));
        admin.post(
                        "/admin/concerts/" + concert + "/schedules",
                        "{\"startsAt\":\"%s\",\"price\":1}".formatted(NOON))
                .is(201);
        admin.post(
                        "/admin/concerts/" + concert + "/schedules",
                        "{\"startsAt\":\"%s\",\"price\":1}".formatted(NOON))
                .is(409, "schedule-exists");
    }

    /** In the morning there, and the evening before at Greenwich. */
    @Test
    void aShowIsOfTheDateAtTheVenue() {
        show(NOON.minus(Duration.ofHours(5)));

        assertThat(visitor.get(dates).is(200).text("schedules/0/date"))
                .isEqualTo(NOON.atOffset(ZoneOffset.UTC).toLocalDate().toString());
    }

    @Test
    void whatWasHeldByDateIsAnsweredAgainWhenAnotherShowIsPutOnThatDay() {
        show(NOON);
        String date = visitor.get(dates).is(200).text("schedules/0/date");
        String wish =
                "{\"concertId\":%s,\"date\":\"%s\",\"seatNumbers\":[1]}".formatted(concert, date);
        Answered held = visitor.post("/api/v1/reservations", wish, "Idempotency-Key", "once");
        show(NOON.plus(Duration.ofHours(7)));

        Answered again = visitor.post("/api/v1/reservations", wish, "Idempotency-Key", "once");

        assertThat(again.is(201).body()).isEqualTo(held.is(201).body());
        visitor.post("/api/v1/reservations", wish, "Idempotency-Key", "another")
                .is(409, "date-ambiguous");
    }

    /** Of no show nobody has a seat in hand. */
    @Test
    void twoWhoAskByADateOfTwoShowsAreNotInTheWayOfEachOther() throws Exception {
        show(NOON);
        show(NOON.plus(Duration.ofHours(7)));
        String date = visitor.get(dates).is(200).text("schedules/0/date");
        String wish =
                "{\"concertId\":%s,\"date\":\"%s\",\"seatNumbers\":[1]}".formatted(concert, date);
        List<CompletableFuture<Answered>> asking = new ArrayList<>();
        try (Connection blocker = booking.connect()) {
            blocker.setAutoCommit(false);
            blocker.createStatement().execute("LOCK TABLE kept_answer IN ACCESS EXCLUSIVE MODE");
            for (Visitor one : List.of(visitor, booking.visitor())) {
                asking.add(
                        one.send("POST", "/api/v1/reservations", wish, "Idempotency-Key", "k")
                                .toFuture());
                int asked = asking.size();
                await().until(() -> asking.getLast().isDone() || waiting() == asked);
            }
            blocker.rollback();
        }

        for (var one : asking) {
            one.get().is(409, "date-ambiguous");
        }
    }

    private long waiting() {
        return booking.number(
                "SELECT count(*) FROM pg_locks"
                        + " WHERE NOT granted AND relation = 'kept_answer'::regclass");
    }

    @Test
    void aShowIsMovedAndWhoHasATicketSeesIt() {
        ScheduleId schedule = show(NOON);
        ScheduleId other = show(NOON.plus(Duration.ofDays(2)));
        visitor.reserve(schedule, 1).is(201);
        Instant later = NOON.plus(Duration.ofHours(40)); // early in the morning there
        String path = "/admin/schedules/" + schedule;

        Answered moved = admin.patch(path, startsAt(later)).is(200);

        assertThat(Instant.parse(moved.text("startsAt"))).isEqualTo(later);
        assertThat(Instant.parse(moved.text("salesCloseAt"))).isEqualTo(later);
        Answered ticket = visitor.get("/api/v1/tickets");
        assertThat(Instant.parse(ticket.text("tickets/0/startsAt"))).isEqualTo(later);
        assertThat(Instant.parse(ticket.text("tickets/0/movedFrom"))).isEqualTo(NOON);
        Answered shown = visitor.get(dates);
        assertThat(Instant.parse(shown.text("schedules/0/movedFrom"))).isEqualTo(NOON);
        assertThat(shown.text("schedules/0/date"))
                .isEqualTo(later.atOffset(ZoneOffset.ofHours(9)).toLocalDate().toString());

        admin.patch(path, startsAt(NOON.plus(Duration.ofDays(2)))).is(409, "schedule-exists");
        admin.patch("/admin/schedules/" + other, startsAt(NOON.plusSeconds(60))).is(200);
        assertThat(admin.patch(path, startsAt(NOON)).is(200).at("movedFrom").isNull()).isTrue();
    }

    /** What one leaves as it is, the other has just changed. */
    @Test
    void aShowThatTwoChangeAtOnceIsChangedByBoth() throws Exception {
        ScheduleId schedule = show(NOON);
        Instant later = NOON.plus(Duration.ofDays(1));

        try (Connection moving = booking.connect()) {
            moving.setAutoCommit(false);
            moving.createStatement()
                    .execute(
                            "SELECT change(%s, '%s', NULL, NULL, NULL, false)"
                                    .formatted(schedule, later));
            var other =
                    admin.sending("PATCH", "/admin/schedules/" + schedule, "{\"seatsPerUser\":3}")
                            .toFuture();
            booking.awaitLockOf("change");
            moving.commit();

            assertThat(Instant.parse(other.get().is(200).text("startsAt"))).isEqualTo(later);
        }
    }

    @Test
    void aSaleThatEndsWithTheBeginMovesWithItHoweverExactlyThatWasSaid() {
        Answered show =
                admin.post(
                                "/admin/concerts/" + concert + "/schedules",
                                "{\"startsAt\":\"%s\",\"price\":1}".formatted(NOON.plusNanos(700)))
                        .is(201);
        Instant later = NOON.plus(Duration.ofDays(1));

        Answered moved =
                admin.patch("/admin/schedules/" + show.text("scheduleId"), startsAt(later)).is(200);

        assertThat(Instant.parse(moved.text("salesCloseAt"))).isEqualTo(later);
    }

    @Test
    void aSaleIsClosedAndOpenedAgain() {
        ScheduleId schedule = show(NOON);
        String path = "/admin/schedules/" + schedule;
        visitor.charge(1_000).is(201);
        String held = visitor.reserve(schedule, 4).is(201).text("reservationId");

        admin.patch(path, "{\"closed\":true}").is(200);

        visitor.reserve(schedule, 1).is(409, "sales-closed");
        visitor.pay(held).is(201);
        await().until(() -> status().equals("CLOSED"));
        admin.patch(path, "{\"salesCloseAt\":\"%s\"}".formatted(NOON)).is(200);
        admin.patch(path, "{\"closed\":false}").is(200);
        visitor.reserve(schedule, 3).is(201);
        admin.patch(path, "{\"salesOpenAt\":\"%s\"}".formatted(NOON.minusSeconds(60))).is(200);
        visitor.reserve(schedule, 2).is(409, "sales-not-open");
        await().until(() -> status().equals("ANNOUNCED"));
        admin.patch(path, "{\"salesOpenAt\":\"%s\"}".formatted(NOON)).is(400, "validation-failed");
        admin.patch(path, "{}").is(400, "validation-failed");
        for (String time : List.of("startsAt", "salesOpenAt", "salesCloseAt")) {
            admin.patch(path, "{\"%s\":\"+1000000000-12-31T23:59:59Z\"}".formatted(time))
                    .is(400, "validation-failed");
        }
        admin.patch(path, "{\"seatsPerUser\":0}").is(400, "validation-failed");
        admin.patch("/admin/schedules/999999999", "{\"closed\":true}")
                .is(404, "schedule-not-found");
    }

    @Test
    void aSaleIsClosedBeforeItOpens() {
        String path = "/admin/schedules/" + show(NOON, NOON.minusSeconds(60));

        Answered closed = admin.patch(path, "{\"closed\":true}").is(200);

        assertThat(Instant.parse(closed.text("salesOpenAt")))
                .isBefore(Instant.parse(closed.text("salesCloseAt")));
    }

    /** One that ends with the begin goes on when that is later; not so one that is closed. */
    @Test
    void aSaleThatIsClosedAfterTheBeginStaysSoWhenTheShowIsMoved() {
        ScheduleId schedule = show(NOON);
        String path = "/admin/schedules/" + schedule;
        booking.sql(
                """
                UPDATE schedule SET starts_at = now() - interval '1 s',
                       sales_close_at = now() - interval '1 s' WHERE id = ?
                """,
                schedule.value());
        admin.patch(path, "{\"closed\":true}").is(200);

        admin.patch(path, startsAt(NOON)).is(200);

        visitor.reserve(schedule, 1).is(409, "sales-closed");
    }

    /** Whoever closes what is closed has done nothing, and is named for nothing. */
    @Test
    void aSaleThatIsClosedStaysAsItWasClosed() {
        String path = "/admin/schedules/" + show(NOON);
        Answered first = admin.patch(path, "{\"closed\":true}").is(200);

        Answered second = admin.patch(path, "{\"closed\":true}").is(200);

        assertThat(second.body()).isEqualTo(first.body());
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM admin_change WHERE what LIKE ?",
                                "%" + path.substring(17) + " changed%"))
                .isEqualTo(1);
    }

    @Test
    void whatCanBeBookedIsTold() {
        assertThat(isShown("?bookable=true")).isFalse();
        assertThat(isShown("")).isTrue();
        ScheduleId past = show(NOON);
        booking.sql(
                "UPDATE schedule SET starts_at = now() - interval '1 day' WHERE id = ?",
                past.value());
        show(NOON.plusSeconds(60), NOON);
        booking.bean(dev.stagedoor.booking.catalogue.Catalogue.class).forget();
        assertThat(isShown("?bookable=true")).isFalse();

        ScheduleId bookable = show(NOON.plusSeconds(120));

        assertThat(isShown("?bookable=true")).isTrue();
        assertThat(visitor.get(dates).at("schedules")).hasSize(1);
        assertThat(visitor.get(dates + "?all=true").at("schedules")).hasSize(3);
        assertThat(visitor.get(dates + "?upcoming=true").at("schedules"))
                .extracting(it -> it.get("status").asString())
                .containsExactly("ANNOUNCED", "ON_SALE");
        assertThat(visitor.get(dates + "?upcoming=true&limit=1&after=" + past).at("schedules"))
                .hasSize(1);
        booking.sql("UPDATE seat SET status = 'BLOCKED' WHERE schedule_id = ?", bookable.value());
        booking.bean(dev.stagedoor.booking.catalogue.Catalogue.class).forget();
        assertThat(isShown("?bookable=true")).isFalse();
    }

    private String status() {
        return visitor.get(dates + "?all=true").text("schedules/0/status");
    }

    private boolean isShown(String query) {
        return visitor.get("/api/v1/concerts" + query)
                .is(200)
                .at("concerts")
                .valueStream()
                .anyMatch(it -> it.get("concertId").asLong() == concert.value());
    }

    private static String startsAt(Instant time) {
        return "{\"startsAt\":\"%s\"}".formatted(time);
    }

    private ScheduleId show(Instant starts) {
        return show(starts, Instant.now().minusSeconds(60));
    }

    private ScheduleId show(Instant starts, Instant opens) {
        return booking.bean(Staging.class)
                .schedule(concert, new Terms(starts, opens, starts, 5, 5, 1_000, null, Map.of()))
                .block();
    }
}
