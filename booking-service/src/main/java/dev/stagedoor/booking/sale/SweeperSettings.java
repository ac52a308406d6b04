package dev.stagedoor.booking.sale;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.time.Duration;

/**
 * How tidying up is done: {@code stagedoor.booking.sweeper.*}.
 *
 * @param enabled whether this instance does it
 * @param interval between two sweeps
 * @param grace by which a hold outlives its deadline before it is swept, so that a payer at the
 *     deadline is told by the deadline and not by us
 * @param batch most seats, or kept answers, in one transaction
 */
@ConfigurationProperties("stagedoor.booking.sweeper")
public record SweeperSettings(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("2s") Duration interval,
        @DefaultValue("2s") Duration grace,
        @DefaultValue("500") int batch) {

    public SweeperSettings {
        if (interval.compareTo(Duration.ofMillis(10)) < 0 || grace.isNegative() || batch < 1) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.sweeper needs an interval of 10ms or more, a grace that is"
                            + " not negative and a positive batch");
        }
    }
}
