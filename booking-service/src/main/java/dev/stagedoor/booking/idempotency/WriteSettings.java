package dev.stagedoor.booking.idempotency;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

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
        if (inFlight < 1) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.writes.in-flight must be positive");
        }
        if (keepAnswers.compareTo(Duration.ofMinutes(1)) < 0) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.writes.keep-answers must be 1m or more: " + keepAnswers);
        }
    }
}
