package dev.stagedoor.booking.catalogue;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.time.Duration;

/**
 * How old what is shown may be: {@code stagedoor.booking.catalogue.*}.
 *
 * @param memory of seat maps and dates, and so the time until another instance's change is seen
 */
@ConfigurationProperties("stagedoor.booking.catalogue")
record CatalogueSettings(@DefaultValue("1s") Duration memory) {

    CatalogueSettings {
        if (memory.isNegative() || memory.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.catalogue.memory must be 0 to 1m: " + memory);
        }
    }
}
