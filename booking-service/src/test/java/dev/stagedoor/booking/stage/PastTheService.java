package dev.stagedoor.booking.stage;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.devservices.Database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a test does to the database, and sees in it, behind the service's back. */
public abstract class PastTheService {

    /** To connect costs more than most statements: one that is not in use is kept for each. */
    private static final Map<Database, Connection> IDLE = new ConcurrentHashMap<>();

    private final Database database;

    protected PastTheService(Database database) {
        this.database = database;
    }

    /** Runs a statement past the service. */
    public void sql(String sql, Object... parameters) {
        run(sql, parameters, PreparedStatement::execute);
    }

    /** The one number that a query past the service yields. */
    public long number(String sql, Object... parameters) {
        return Long.parseLong(text(sql, parameters));
    }

    /** The one value that a query past the service yields. */
    public String text(String sql, Object... parameters) {
        return run(
                sql,
                parameters,
                statement -> {
                    try (var rows = statement.executeQuery()) {
                        rows.next();
                        return rows.getString(1);
                    }
                });
    }

    private interface Work<T> {
        T with(PreparedStatement statement) throws SQLException;
    }

    private <T> T run(String sql, Object[] parameters, Work<T> work) {
        try {
            Connection connection = idle();
            T result = run(connection, sql, parameters, work);
            keep(connection);
            return result;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static <T> T run(Connection on, String sql, Object[] parameters, Work<T> work)
            throws SQLException {
        try (var statement = on.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return work.with(statement);
        } catch (SQLException e) {
            on.close();
            throw e;
        }
    }

    private Connection idle() throws SQLException {
        Connection kept = IDLE.remove(database);
        if (kept != null && kept.isValid(1)) {
            return kept;
        }
        if (kept != null) {
            kept.close();
        }
        return connect();
    }

    private void keep(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("RESET ALL");
        }
        if (IDLE.putIfAbsent(database, connection) != null) {
            connection.close();
        }
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection(
                database.jdbcUrl(), database.user(), database.password());
    }

    /** Until a statement that calls such a function waits for a row that somebody else has. */
    public void awaitLockOf(String function) {
        await().until(
                        () ->
                                number(
                                                """
                                                SELECT count(*) FROM pg_stat_activity
                                                WHERE wait_event_type = 'Lock' AND query LIKE ?
                                                  AND datname = current_database()
                                                """,
                                                "%" + function + "(%")
                                        > 0);
    }

    /** Makes the holds of a schedule so old that they have run out. */
    public void letHoldsRunOut(ScheduleId schedule) {
        sql(
                """
                WITH moved AS (
                    UPDATE reservation SET held_until = now() - interval '10 seconds'
                    WHERE schedule_id = ? AND status = 'HELD')
                UPDATE seat SET held_until = now() - interval '10 seconds'
                WHERE schedule_id = ? AND status = 'HELD'
                """,
                schedule.value(),
                schedule.value());
    }
}
