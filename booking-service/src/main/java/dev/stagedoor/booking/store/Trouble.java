package dev.stagedoor.booking.store;

import io.r2dbc.postgresql.api.PostgresqlException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;

import org.jspecify.annotations.Nullable;
import org.springframework.transaction.CannotCreateTransactionException;

import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolShutdownException;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What an error of the database means, by SQLSTATE where there is one. */
public final class Trouble {

    /** Serialization failure and deadlock: the transaction is undone and may simply run again. */
    private static final Set<String> LOST_A_RACE = Set.of("40001", "40P01");

    /** Lock and statement timeouts, and a server that goes down or comes up. */
    private static final Set<String> NOT_NOW =
            Set.of("55P03", "57014", "57P01", "57P02", "57P03", "57P05", "25P03", "25P04");

    /** Connection exceptions and insufficient resources. */
    private static final Set<String> NOT_NOW_CLASSES = Set.of("08", "53");

    private Trouble() {}

    /** Whether a constraint of this name refused the row. */
    public static boolean violates(Throwable error, String constraint) {
        return causes(error)
                .anyMatch(
                        cause ->
                                cause instanceof PostgresqlException postgres
                                        && postgres.getErrorDetails()
                                                .getConstraintName()
                                                .filter(constraint::equals)
                                                .isPresent());
    }

    static boolean isLostRace(Throwable error) {
        return hasState(error, LOST_A_RACE::contains);
    }

    /** The database is away, overloaded or too slow; the same request may succeed later. */
    static boolean isOutage(Throwable error) {
        return isLostRace(error)
                || hasState(error, state -> NOT_NOW.contains(state) || isClassOf(state))
                || causes(error).anyMatch(Trouble::isBrokenConnection);
    }

    private static boolean isClassOf(String state) {
        return state.length() == 5 && NOT_NOW_CLASSES.contains(state.substring(0, 2));
    }

    private static boolean isBrokenConnection(Throwable cause) {
        return switch (cause) {
            case R2dbcNonTransientResourceException _,
                    R2dbcTransientResourceException _,
                    R2dbcTimeoutException _,
                    PoolAcquireTimeoutException _,
                    PoolAcquirePendingLimitException _,
                    PoolShutdownException _,
                    CannotCreateTransactionException _,
                    TimeoutException _,
                    IOException _ ->
                    true;
            default -> false;
        };
    }

    private static boolean hasState(Throwable error, Predicate<String> wanted) {
        return causes(error)
                .anyMatch(
                        cause ->
                                cause instanceof R2dbcException r2dbc
                                        && r2dbc.getSqlState() != null
                                        && wanted.test(r2dbc.getSqlState()));
    }

    private static Stream<Throwable> causes(@Nullable Throwable error) {
        return Stream.iterate(error, cause -> cause != null, Throwable::getCause).limit(20);
    }
}
