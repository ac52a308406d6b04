package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.idempotency.WriteSettings;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Outages;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/** What is swept where two machines do not agree on the time. */
class SweepingTests {

    private final Booking booking = Booking.shared();
    private final MeterRegistry meters = new SimpleMeterRegistry();

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
