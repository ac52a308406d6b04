package dev.stagedoor.booking.store;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * What PostgreSQL itself ends when it takes too long, and how many connections there are beside
 * those of the buyers ({@code spring.r2dbc.pool.*}): {@code stagedoor.booking.database.*}.
 *
 * @param statementTimeout of one statement; a second later at most every caller has an answer
 * @param lockTimeout of waiting for one row
 * @param idleInTransaction of a transaction in which nothing happens
 * @param pooler whether a pooler such as PgBouncer gives each transaction another connection: the
 *     limits are those of the role then, and no statement stays prepared unless told otherwise
 * @param statementCache prepared statements that each connection keeps; 128, behind a pooler none
 * @param openConnections most for what anybody may ask for: the catalogue, registering
 * @param backgroundConnections most for the sweeper and health
 */
@ConfigurationProperties("stagedoor.booking.database")
public record DatabaseLimits(
        @DefaultValue("2s") Duration statementTimeout,
        @DefaultValue("1s") Duration lockTimeout,
        @DefaultValue("5s") Duration idleInTransaction,
        @DefaultValue("false") boolean pooler,
        @Nullable Integer statementCache,
        @DefaultValue("4") int openConnections,
        @DefaultValue("2") int backgroundConnections) {

    private static final Duration ON_THE_WAY = Duration.ofMillis(500);
    private static final Duration A_MILLISECOND = Duration.ofMillis(1);
    private static final int PREPARED = 128;

    public DatabaseLimits {
        Assert.isTrue(
                !isLess(statementTimeout, A_MILLISECOND)
                        && !isLess(lockTimeout, A_MILLISECOND)
                        && !isLess(idleInTransaction, A_MILLISECOND),
                "stagedoor.booking.database.statement-timeout, lock-timeout and"
                        + " idle-in-transaction must be 1ms or more: 0 would be no limit");
        Assert.isTrue(
                !isLess(statementTimeout, lockTimeout),
                "stagedoor.booking.database.lock-timeout must not be longer than"
                        + " statement-timeout: "
                        + lockTimeout);
        Assert.isTrue(
                openConnections >= 1 && backgroundConnections >= 1,
                "stagedoor.booking.database needs at least one open and one background"
                        + " connection");
    }

    /**
     * What every connection begins with. Every statement looks rows up by keys, so one plan fits
     * all parameters. Left to itself, PostgreSQL plans the claim of a seat anew each time, for
     * longer than it takes to run it: of how many seats an array names it knows nothing.
     */
    Map<String, String> settings() {
        if (pooler) {
            return Map.of();
        }
        Map<String, String> all = new HashMap<>(timeouts());
        all.put("plan_cache_mode", "force_generic_plan");
        return all;
    }

    /** In milliseconds; without them what takes too long takes all connections. */
    Map<String, String> timeouts() {
        return Map.of(
                "statement_timeout", millis(statementTimeout),
                "lock_timeout", millis(lockTimeout),
                "idle_in_transaction_session_timeout", millis(idleInTransaction));
    }

    int preparedStatements() {
        return statementCache == null ? (pooler ? 0 : PREPARED) : statementCache;
    }

    /** After which a PostgreSQL that has sent nothing cannot be counted on to end it itself. */
    Duration patience(Duration statement) {
        return statement.plus(ON_THE_WAY);
    }

    private static boolean isLess(Duration one, Duration other) {
        return one.compareTo(other) < 0;
    }

    private static String millis(Duration duration) {
        return Long.toString(duration.toMillis());
    }
}
