package dev.stagedoor.booking.store;

import io.r2dbc.postgresql.api.ErrorDetails;
import io.r2dbc.postgresql.api.PostgresqlException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;

import org.jspecify.annotations.Nullable;

import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolShutdownException;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** What an error of the database means, by SQLSTATE where there is one. */
public final class Trouble {

    /** Serialization failure and deadlock: the transaction is undone and may simply run again. */
    private static final Set<String> LOST_A_RACE = Set.of("40001", "40P01");

    /** Lock and statement timeouts, idle transactions, too many connections. */
    private static final Set<String> TOOK_TOO_LONG =
            Set.of("55P03", "57014", "25P03", "25P04", "53300");

    /** Of a disk that is full, to whoever connects: it has no SQLSTATE but that of a defect. */
    private static final String NO_ROOM_TO_CONNECT = "could not write init file";

    private Trouble() {}

    /** Whether a constraint of this name refused the row. */
    public static boolean violates(Throwable error, String constraint) {
        return said(error).anyMatch(it -> it.getConstraintName().equals(Optional.of(constraint)));
    }

    /** The server refused, and lives: what it does not end itself, a broken connection may. */
    private static boolean isUndone(Throwable error) {
        return said(error).anyMatch(it -> "ERROR".equals(it.getSeverityNonLocalized()));
    }

    private static Stream<ErrorDetails> said(Throwable error) {
        return causes(error, PostgresqlException.class).map(PostgresqlException::getErrorDetails);
    }

    /** Whether the work that failed so may stand: what the server itself refuses, it has undone. */
    static boolean isOpen(Throwable error) {
        return outage(error).isPresent() && !isUndone(error);
    }

    static boolean isLostRace(Throwable error) {
        return LOST_A_RACE.contains(state(error));
    }

    /** Empty if it is no fault of the database but an answer. */
    public static Optional<Outage> outage(Throwable error) {
        if (NO_ROOM_TO_CONNECT.equals(message(error))) {
            return Optional.of(Outage.FULL);
        }
        return Optional.ofNullable(byState(state(error)))
                .or(() -> causes(error).flatMap(it -> Stream.ofNullable(byType(it))).findFirst());
    }

    private static @Nullable Outage byState(String state) {
        if (LOST_A_RACE.contains(state) || TOOK_TOO_LONG.contains(state)) {
            return Outage.BUSY;
        }
        return switch (state) {
            case "25006" -> Outage.READ_ONLY;
            case "42501" -> Outage.LOCKED_OUT;
            case "42P01", "42703", "42883", "3F000" -> Outage.NOT_MIGRATED;
            default ->
                    switch (state.substring(0, Math.min(2, state.length()))) {
                        case "08", "57" -> Outage.AWAY;
                        case "28", "3D" -> Outage.LOCKED_OUT;
                        case "53" -> Outage.FULL;
                        case "58", "F0", "XX" -> Outage.DAMAGED;
                        default -> null;
                    };
        };
    }

    private static @Nullable Outage byType(Throwable cause) {
        return switch (cause) {
            case R2dbcTimeoutException _,
                    PoolAcquireTimeoutException _,
                    PoolAcquirePendingLimitException _,
                    R2dbcTransientResourceException _,
                    TimeoutException _ ->
                    Outage.BUSY;
            case R2dbcNonTransientResourceException broken ->
                    broken.getSqlState() == null ? Outage.AWAY : Outage.UNKNOWN;
            case PoolShutdownException _, IOException _ -> Outage.AWAY;
            default -> null;
        };
    }

    /** That of the first cause that has one; empty if none has. */
    static String state(Throwable error) {
        return causes(error, R2dbcException.class)
                .map(R2dbcException::getSqlState)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
    }

    /** What the server or the driver said, and not what was made of it on the way. */
    static @Nullable String message(Throwable error) {
        return causes(error).reduce(error, (_, deeper) -> deeper).getMessage();
    }

    /** Those of a type, from the error itself on. */
    public static <T> Stream<T> causes(Throwable error, Class<T> type) {
        return causes(error).filter(type::isInstance).map(type::cast);
    }

    private static Stream<Throwable> causes(@Nullable Throwable error) {
        return Stream.iterate(error, cause -> cause != null, Throwable::getCause).limit(20);
    }
}
