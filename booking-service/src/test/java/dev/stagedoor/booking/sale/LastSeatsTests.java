package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** The best of what is left late in the sale of a large house; effort is counted, not timed. */
@Timeout(120)
class LastSeatsTests {

    private static final int SEATS = 20_000;
    private static final int HELD = 200;

    /** To look at each bench of ten twice, and at little else. */
    private static final long TWICE_AROUND = SEATS / 10 * 2 + 1_000;

    private final Booking booking = Booking.shared();
    private final Visitor visitor = booking.visitor();

    @Test
    void areNotLookedForWhereThereAreTooFew() throws SQLException {
        ScheduleId schedule = booking.schedule(SEATS, 10);
        onlyLeft(schedule, "seat_number % 2000 = 5 AND seat_number > 2000");

        Tried apart = tried(schedule, 10, true);
        Tried together = tried(schedule, 10, false);

        assertThat(apart.outcome()).isEqualTo("not-enough-seats{\"available\" : 9}");
        assertThat(together.outcome()).isEqualTo(apart.outcome());
        assertThat(apart.effort()).isLessThan(1_000);
        assertThat(together.effort()).isLessThan(1_000);
    }

    /** What is held may be free by now, so that whoever counts passes it by. */
    @Test
    void areCountedOnceWhereThereAreTooFew() throws SQLException {
        ScheduleId schedule = booking.schedule(SEATS, HELD);
        booking.sql(
                """
                SELECT hold(?, NULL, NULL, ?, ARRAY(SELECT generate_series(1, ?)), 600000)
                """,
                booking.visitor().user().uuid(),
                schedule.value(),
                HELD);
        onlyLeft(schedule, "status = 'HELD' OR seat_number > 19991");

        Tried tooFew = tried(schedule, 10, false);

        assertThat(tooFew.outcome()).isEqualTo("not-enough-seats{\"available\" : 9}");
        assertThat(tooFew.effort()).isBetween((long) HELD, HELD + 100L);
    }

    @Test
    void areNotLookedForByWhoMayNotHaveThem() throws SQLException {
        ScheduleId schedule = booking.schedule(SEATS, 4);
        onlyLeft(schedule, "seat_number % 2 = 0");
        visitor.reserve(schedule, 2).is(201);

        Tried tooMany = tried(schedule, 4, true);

        assertThat(tooMany.outcome()).isEqualTo("seat-limit-reached{\"limit\" : 4}");
        assertThat(tooMany.effort()).isLessThan(1_000);
    }

    @Test
    void areHadApartHoweverFarTheyLieFromEachOther() throws SQLException {
        ScheduleId schedule = booking.schedule(SEATS, 10);
        onlyLeft(schedule, "seat_number % 2000 = 5");

        assertThat(tried(schedule, 10, true).effort()).isLessThan(TWICE_AROUND);

        String wish = "{\"scheduleId\":%s,\"quantity\":10,\"apart\":true}".formatted(schedule);
        assertThat(visitor.post("/api/v1/reservations", wish).is(201).at("tickets")).hasSize(10);
        Audits.everythingIsWellIn(booking);
    }

    /** Fewer and fewer side by side; the longest row is not missed on the way. */
    @Test
    void areHadApartInAsFewGroupsAsThereMayBe() throws SQLException {
        ScheduleId schedule = booking.schedule(SEATS, 10);
        onlyLeft(schedule, "seat_number IN (5, 31, 32, 33, 34, 5007, 5008, 9001, 9002, 19999)");

        String wish = "{\"scheduleId\":%s,\"quantity\":8,\"apart\":true}".formatted(schedule);
        Answered held = visitor.post("/api/v1/reservations", wish).is(201);

        assertThat(held.at("tickets").valueStream().map(it -> it.get("seatNumber").asInt()))
                .containsExactlyInAnyOrder(31, 32, 33, 34, 5007, 5008, 9001, 9002);
    }

    @Test
    void whereOneStandsAreFoundWithoutALookAtThoseThatAreGone() throws SQLException {
        ScheduleId schedule = floor();
        onlyLeft(schedule, "seat_number > 19990");

        Tried one = tried(schedule, 1, false);

        assertThat(one.outcome()).isEqualTo("done");
        assertThat(one.effort()).isLessThan(1_000);
    }

    private record Tried(String outcome, long effort) {}

    /** What is said to the visitor, and how often the table of seats is searched and a row read. */
    private Tried tried(ScheduleId schedule, int quantity, boolean apart) throws SQLException {
        try (Connection connection = booking.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            String outcome =
                    one(
                            statement.executeQuery(
                                    """
                                    SELECT concat(outcome, detail) FROM hold_best(
                                        '%s', NULL, NULL, %s, %d, NULL, %b, 60000)
                                    """
                                            .formatted(
                                                    visitor.user().uuid(),
                                                    schedule,
                                                    quantity,
                                                    apart)));
            String effort =
                    one(
                            statement.executeQuery(
                                    """
                                    SELECT idx_scan + idx_tup_fetch + seq_tup_read
                                    FROM pg_stat_xact_user_tables WHERE relname = 'seat'
                                    """));
            connection.rollback();
            return new Tried(outcome, Long.parseLong(effort));
        }
    }

    private static String one(ResultSet rows) throws SQLException {
        rows.next();
        return rows.getString(1);
    }

    /** All others are gone, and PostgreSQL knows. */
    private void onlyLeft(ScheduleId schedule, String which) {
        booking.sql(
                "UPDATE seat SET status = 'BLOCKED' WHERE schedule_id = ? AND NOT (" + which + ")",
                schedule.value());
        booking.sql("ANALYZE seat");
    }

    private ScheduleId floor() {
        long plan =
                booking.number(
                        """
                        WITH plan AS (
                            INSERT INTO plan (name, version, seat_count, document)
                            VALUES (gen_random_uuid()::text, 1, ?, '{}') RETURNING id, seat_count)
                        INSERT INTO bench (plan_id, first_seat, last_seat, section, category,
                                           standing, x, y, step_x, step_y, nearest)
                        SELECT id, 1, seat_count, 'Floor', 'F', true, 0, 1, 0, 0, 1 FROM plan
                        RETURNING plan_id
                        """,
                        SEATS);
        Instant now = Instant.now();
        return booking.schedule(
                new Terms(
                        now.plus(Duration.ofDays(7)),
                        now.minus(Duration.ofHours(1)),
                        now.plus(Duration.ofDays(6)),
                        SEATS,
                        4,
                        50_000,
                        plan,
                        Map.of("F", 50_000L)));
    }
}
