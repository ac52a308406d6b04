package dev.stagedoor.booking.sale;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What may be paid in: {@code stagedoor.booking.charge.*}.
 *
 * @param most at a time, in the smallest unit of money
 */
@ConfigurationProperties("stagedoor.booking.charge")
public record ChargeSettings(@DefaultValue("10000000") long most) {

    public ChargeSettings {
        if (most < 1 || most > 1_000_000_000_000L) {
            throw new IllegalArgumentException("stagedoor.booking.charge.most must be 1 to 10^12");
        }
    }
}
