package dev.stagedoor.booking.sale;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import java.time.Duration;

/**
 * How seats are sold: {@code stagedoor.booking.*}.
 *
 * @param hold how long unpaid seats are kept
 * @param seatsPerReservation most seats in one request
 */
@ConfigurationProperties("stagedoor.booking")
public record SaleSettings(
        @DefaultValue("5m") Duration hold,
        @DefaultValue("10") int seatsPerReservation,
        @DefaultValue Charge charge,
        @DefaultValue Sweeper sweeper) {

    public SaleSettings {
        Assert.isTrue(
                hold.compareTo(Duration.ofSeconds(1)) >= 0
                        && hold.compareTo(Duration.ofDays(1)) <= 0,
                "stagedoor.booking.hold must be 1s to 1d: " + hold);
        Assert.isTrue(
                seatsPerReservation >= 1 && seatsPerReservation <= 100,
                "stagedoor.booking.seats-per-reservation must be 1 to 100");
    }

    /**
     * What may be paid in.
     *
     * @param most at a time, in the smallest unit of money
     */
    public record Charge(@DefaultValue("10000000") long most) {

        public Charge {
            Assert.isTrue(
                    most >= 1 && most <= 1_000_000_000_000L,
                    "stagedoor.booking.charge.most must be 1 to 10^12");
        }
    }

    /**
     * How tidying up is done.
     *
     * @param interval between two sweeps
     * @param grace by which a hold outlives its deadline before it is swept, so that a payer at the
     *     deadline is told by the deadline and not by us
     * @param batch most seats, or kept answers, in one transaction
     */
    public record Sweeper(
            @DefaultValue("2s") Duration interval,
            @DefaultValue("2s") Duration grace,
            @DefaultValue("500") int batch) {

        /** More are not given back in the two seconds that a statement has. */
        private static final int MOST = 5_000;

        public Sweeper {
            Assert.isTrue(
                    interval.compareTo(Duration.ofMillis(10)) >= 0
                            && interval.compareTo(Duration.ofHours(1)) <= 0
                            && !grace.isNegative()
                            && batch >= 1
                            && batch <= MOST,
                    "stagedoor.booking.sweeper needs an interval of 10ms to 1h, a grace that"
                            + " is not negative and a batch of 1 to "
                            + MOST);
        }
    }
}
