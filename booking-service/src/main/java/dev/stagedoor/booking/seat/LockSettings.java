package dev.stagedoor.booking.seat;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;

import java.time.Duration;

/**
 * The lock in front of a seat: {@code stagedoor.booking.lock.*}.
 *
 * @param enabled without it everything stays right, but a stampede reaches the database
 * @param redis whether instances tell each other by Redis; without it each turns away only those
 *     who want what it is working on itself
 * @param redisson Redisson's own configuration file, instead of {@code spring.data.redis.*}
 * @param lease after which a lock that nobody gave back ends; no sooner than PostgreSQL ends a
 *     statement
 * @param timeout of one call to Redis
 * @param pause after a failed call, during which Redis is not asked
 */
@ConfigurationProperties("stagedoor.booking.lock")
public record LockSettings(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("true") boolean redis,
        @Nullable Resource redisson,
        @DefaultValue("5s") Duration lease,
        @DefaultValue("300ms") Duration timeout,
        @DefaultValue("1s") Duration pause) {

    public LockSettings {
        if (lease.compareTo(Duration.ofSeconds(1)) < 0
                || timeout.toMillis() < 1
                || pause.isNegative()) {
            throw new IllegalArgumentException(
                    "stagedoor.booking.lock needs a lease of 1s or more, a timeout of 1ms or more"
                            + " and a pause that is not negative");
        }
    }
}
