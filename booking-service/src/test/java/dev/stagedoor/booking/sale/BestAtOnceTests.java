package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Booking;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** What becomes of whoever wants the best seats while somebody else chooses or has some in hand. */
@Timeout(120)
class BestAtOnceTests {

    private static final String LOCK =
            "SELECT 1 FROM seat WHERE schedule_id = %s AND seat_number = %d FOR UPDATE";

    private final Booking booking = Booking.shared();

    private Connection other;
    private Connection ours;

    @BeforeEach
    void begin() throws SQLException {
        other = transaction();
        ours = transaction();
    }

    private Connection transaction() throws SQLException {
        Connection connection = booking.connect();
        connection.setAutoCommit(false);
        connection
                .createStatement()
                .execute("SET LOCAL lock_timeout = '20s'; SET LOCAL statement_timeout = '60s'");
        return connection;
    }

    @AfterEach
    void end() throws SQLException {
        ours.close();
        other.close();
    }

    /** Or two of them might wait for each other. */
    @Test
    void whoHasSeatsWaitsForNoMore() {
        ScheduleId schedule = booking.schedule(20, 20);
        say(other, "SELECT is_our_turn(%s, 11, false)".formatted(schedule));

        assertThat(holdBest(ours, schedule, 12, true)).isEqualTo("seat-contended");
    }

    @Test
    void whoHasNoneWaitsAndIsToldThatTheLastHaveGone() throws SQLException {
        ScheduleId schedule = booking.schedule(1, 4);
        assertThat(holdBest(other, schedule, 1, false)).isEqualTo("done");

        var told =
                CompletableFuture.supplyAsync(
                        () -> holdBest(ours, schedule, 1, true), Thread::startVirtualThread);
        booking.awaitLockOf("hold_best");
        other.commit();

        assertThat(told)
                .succeedsWithin(Duration.ofMinutes(1))
                .isEqualTo("not-enough-seats{\"available\" : 0}");
    }

    /** Nor is the one beside it kept from anybody, which alone is of no use. */
    @Test
    void whatSomebodyHasInHandIsPassedBy() {
        ScheduleId schedule = booking.schedule(20, 4);
        say(other, LOCK.formatted(schedule, 6));

        assertThat(holdBest(ours, schedule, 2, false)).isEqualTo("done");

        assertThat(say(other, LOCK.formatted(schedule, 5) + " NOWAIT")).isEqualTo("1");
    }

    /** There are two together, as soon as it is let go. */
    @Test
    void whereThereAreNoOthersItIsContended() {
        ScheduleId schedule = booking.schedule(10, 4);
        say(other, LOCK.formatted(schedule, 6));

        assertThat(holdBest(ours, schedule, 2, false)).isEqualTo("seat-contended");
    }

    private String holdBest(Connection by, ScheduleId schedule, int quantity, boolean apart) {
        return say(
                by,
                "SELECT concat(outcome, detail) FROM hold_best('%s', NULL, NULL, %s, %d, NULL, %b, 60000)"
                        .formatted(booking.visitor().user().uuid(), schedule, quantity, apart));
    }

    private static String say(Connection by, String sql) {
        try (var statement = by.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
