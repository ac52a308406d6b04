package dev.stagedoor.booking.store;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.time.Duration;

/**
 * What PostgreSQL itself ends when it takes too long: {@code stagedoor.booking.database.*}.
 *
 * @param statementTimeout of one statement
 * @param lockTimeout of waiting for one row
 * @param idleInTransaction of a transaction in which nothing happens
 * @param statementCache prepared statements that each connection keeps
 */
@ConfigurationProperties("stagedoor.booking.database")
record DatabaseLimits(
        @DefaultValue("2s") Duration statementTimeout,
        @DefaultValue("1s") Duration lockTimeout,
        @DefaultValue("5s") Duration idleInTransaction,
        @DefaultValue("128") int statementCache) {

    private static final Duration ON_THE_WAY = Duration.ofMillis(500);

    /** After which a PostgreSQL that has sent nothing cannot be counted on to end it itself. */
    Duration patience() {
        return statementTimeout.plus(ON_THE_WAY);
    }
}
