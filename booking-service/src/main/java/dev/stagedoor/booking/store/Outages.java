package dev.stagedoor.booking.store;

import dev.stagedoor.common.log.NowAndThen;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Remembers what was wrong with the database, and says so in the log, seldom enough to be read. */
@Component
public final class Outages {

    private static final Logger log = LoggerFactory.getLogger(Outages.class);
    private static final Duration RECENT = Duration.ofMinutes(1);

    private final Map<Outage, NowAndThen> said = new EnumMap<>(Outage.class);
    private final Map<Outage, Counter> counted = new EnumMap<>(Outage.class);
    private volatile @Nullable Last last;

    public Outages(MeterRegistry meters) {
        for (Outage outage : Outage.values()) {
            said.put(outage, new NowAndThen());
            counted.put(
                    outage,
                    Counter.builder("stagedoor.booking.database.outages")
                            .tag("outage", outage.name().toLowerCase(java.util.Locale.ROOT))
                            .register(meters));
        }
    }

    /** Whether it was one. */
    public boolean note(Throwable error) {
        Optional<Outage> outage = Trouble.outage(error);
        outage.ifPresent(it -> note(it, error));
        return outage.isPresent();
    }

    private void note(Outage outage, Throwable error) {
        String state = Trouble.state(error);
        last = new Last(outage, state, Instant.now());
        counted.get(outage).increment();
        said.get(outage)
                .say(
                        more ->
                                log.warn(
                                        "the database is {}, SQLSTATE {}: {} ({} more since last"
                                                + " said)",
                                        outage,
                                        state,
                                        Trouble.message(error),
                                        more));
    }

    /** What the log said last, if that is not long ago. */
    Optional<Last> recent() {
        return Optional.ofNullable(last).filter(it -> it.at().isAfter(Instant.now().minus(RECENT)));
    }

    /** What was wrong, and when. */
    record Last(Outage outage, String sqlState, Instant at) {}
}
