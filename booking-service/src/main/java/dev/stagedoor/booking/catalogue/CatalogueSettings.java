package dev.stagedoor.booking.catalogue;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import java.time.Duration;
import java.util.Currency;
import java.util.regex.Pattern;

/**
 * What everybody is shown: {@code stagedoor.booking.catalogue.*}.
 *
 * @param memory of seat maps and dates, and so the time until another instance's change is seen
 * @param currency of all prices and balances, which are in its smallest unit
 * @param watchers most streams of changing seats at a time; further ones are refused. Each takes a
 *     connection of the gateway to this service, {@code stagedoor.upstream.connections}
 * @param queuePrefix where the pages of the shop find the line: {@code stagedoor.gateway.prefix} of
 *     the gateway in front
 */
@ConfigurationProperties("stagedoor.booking.catalogue")
public record CatalogueSettings(
        @DefaultValue("1s") Duration memory,
        @DefaultValue("KRW") Currency currency,
        @DefaultValue("200") int watchers,
        @DefaultValue("/api/v1/queue") String queuePrefix) {

    private static final Pattern PREFIX = Pattern.compile("(?:/\\.?[A-Za-z0-9_-][A-Za-z0-9._-]*)+");

    public CatalogueSettings {
        Assert.isTrue(
                !memory.isNegative() && memory.compareTo(Duration.ofMinutes(1)) <= 0,
                "stagedoor.booking.catalogue.memory must be 0 to 1m: " + memory);
        Assert.isTrue(
                watchers >= 0,
                "stagedoor.booking.catalogue.watchers must not be negative: " + watchers);
        Assert.isTrue(
                PREFIX.matcher(queuePrefix).matches(),
                "stagedoor.booking.catalogue.queue-prefix must be a path such as /.stagedoor,"
                        + " but is "
                        + queuePrefix);
    }
}
