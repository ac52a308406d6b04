package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.WriteSettings;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Outages;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/** What is swept, also where two machines do not agree on the time. */
class SweepingTests {

    private final Booking booking = Booking.shared();
    private final MeterRegistry meters = new SimpleMeterRegistry();

    /** Those that ran out first are first, and what somebody has in hand is passed over. */
    @Test
    void waitsForNobodyAndTakesTheOldestFirst() throws SQLException {
        ScheduleId schedule = booking.schedule();
        booking.visitor().reserve(schedule, 1, 2, 3).is(201);
        booking.letHoldsRunOut(schedule);
        booking.sql(
                """
                UPDATE seat SET held_until = now() - seat_number * interval '1 day'
                WHERE schedule_id = ? AND status = 'HELD'
                """,
                schedule.value());

        try (Connection somebody = booking.connect()) {
            somebody.setAutoCommit(false);
            somebody.createStatement()
                    .execute(
                            "SELECT FROM seat WHERE schedule_id = %s AND seat_number = 3 FOR UPDATE"
                                    .formatted(schedule));
            booking.sql("SELECT sweep(0, 1)");
        }

        assertThat(
                        booking.text(
                                "SELECT string_agg(seat_number::text, ' ' ORDER BY seat_number)"
                                        + " FROM seat WHERE schedule_id = ? AND status = 'HELD'",
                                schedule.value()))
                .isEqualTo("1 3");
        booking.sql("SELECT sweep(0, 1000)"); // or they were the oldest for whoever comes next
    }

    /** Whoever asks again when that is put right would pay again. */
    @Test
    void forgetsNoAnswerBecauseTheClockOfTheDatabaseIsADayAhead() {
        Visitor visitor = booking.visitor();
        String key = visitor.user().toString();
        visitor.charge(1_000, "Idempotency-Key", key).is(201);
        booking.sql(
                "UPDATE kept_answer SET created_at = now() - interval '25 h' WHERE key = ?", key);

        sweeping(Duration.ofDays(-1)).forgetOldAnswers().block();
        visitor.charge(1_000, "Idempotency-Key", key).is(201);
        assertThat(visitor.balance()).isEqualTo(1_000);

        sweeping(Duration.ofDays(1)).forgetOldAnswers().block();
        visitor.charge(1_000, "Idempotency-Key", key).is(201);
        assertThat(visitor.balance()).isEqualTo(2_000);
    }

    @Test
    void tellsByHowMuchTheClockOfTheDatabaseIsAhead() {
        sweeping(Duration.ofDays(-1)).sweep().block();

        double seconds = meters.get("stagedoor.booking.clock.ahead.seconds").gauge().value();
        assertThat(seconds).isCloseTo(86_400, within(10.0));
    }

    private Sweeping sweeping(Duration ahead) {
        InstantSource clock = () -> Instant.now().plus(ahead);
        return new Sweeping(
                booking.bean(Calls.class),
                booking.bean(Catalogue.class),
                booking.bean(WriteSettings.class),
                booking.bean(SaleSettings.class),
                booking.bean(Outages.class),
                new StaticListableBeanFactory(Map.of("clock", clock))
                        .getBeanProvider(InstantSource.class),
                meters);
    }
}
