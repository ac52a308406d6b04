package dev.stagedoor.booking.idempotency;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import java.time.Duration;

/**
 * How writes are taken in: {@code stagedoor.booking.writes.*}.
 *
 * @param inFlight most writes at a time; more are refused at once
 * @param keepAnswers how long the answer to a request with a key is kept
 */
@ConfigurationProperties("stagedoor.booking.writes")
public record WriteSettings(
        @DefaultValue("2000") int inFlight, @DefaultValue("24h") Duration keepAnswers) {

    public WriteSettings {
        Assert.isTrue(inFlight >= 1, "stagedoor.booking.writes.in-flight must be positive");
        Assert.isTrue(
                keepAnswers.compareTo(Duration.ofMinutes(1)) >= 0,
                "stagedoor.booking.writes.keep-answers must be 1m or more: " + keepAnswers);
    }
}
