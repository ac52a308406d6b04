package dev.stagedoor.booking.sale;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.time.Duration;

/**
 * How seats are held: {@code stagedoor.booking.*}.
 *
 * @param hold how long unpaid seats are kept
 * @param seatsPerReservation most seats in one request
 */
@ConfigurationProperties("stagedoor.booking")
public record HoldSettings(
        @DefaultValue("5m") Duration hold, @DefaultValue("10") int seatsPerReservation) {

    public HoldSettings {
        if (hold.compareTo(Duration.ofSeconds(1)) < 0 || hold.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("stagedoor.booking.hold must be 1s to 1d: " + hold);
        }
        if (seatsPerReservation < 1 || seatsPerReservation > 100) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.seats-per-reservation must be 1 to 100");
        }
    }
}
