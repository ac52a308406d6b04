package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.EmbeddedPostgres;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.DriverManager;

/** A database from before, with a sale in it, is brought to what it is today. */
@Timeout(60)
class MigrationTests {

    private static final String A_SALE =
            """
            INSERT INTO users (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Kim');
            INSERT INTO account (user_id) SELECT id FROM users;
            INSERT INTO concert (title, artist, venue, time_zone) VALUES ('T', 'A', 'V', 'Asia/Seoul');
            INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at, sales_close_at,
                                  seat_count)
            VALUES (1, now() + interval '7 days', now()::date + 7, now() - interval '1 hour',
                    now() + interval '6 days', 25);
            INSERT INTO seat (schedule_id, seat_number, price)
            SELECT 1, number, 500 FROM generate_series(1, 25) AS number;
            """;

    @Test
    void fromBeforePlansKeepsWhatIsHeldAndSellsTheBest() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            Database database = postgres.database();
            // What is replaced by its text, as it was then, is not kept: the tables are.
            flyway(database).target("6").repeatableSqlMigrationPrefix("none").load().migrate();
            run(database, A_SALE);
            run(database, "UPDATE seat SET status = 'BLOCKED' WHERE seat_number IN (5, 6)");

            flyway(database).load().migrate();

            assertThat(
                            ask(
                                    database,
                                    """
                                    SELECT outcome || ' ' || (body::json -> 'tickets' -> 0 ->> 'seatNumber')
                                           || (body::json -> 'tickets' -> 0 ->> 'place' IS NULL)
                                    FROM hold_best('00000000-0000-0000-0000-000000000001', NULL, NULL, 1, 2,
                                                   NULL, false, 60000)
                                    """))
                    .isEqualTo("done 15true");
            assertThat(ask(database, "SELECT count(*) FROM benches(1)")).isEqualTo("3");
            assertThat(ask(database, "SELECT count(*) FROM seat WHERE status = 'BLOCKED'"))
                    .isEqualTo("2");
        }
    }

    private static FluentConfiguration flyway(Database database) {
        return Flyway.configure()
                .dataSource(database.jdbcUrl(), database.user(), database.password())
                .locations("classpath:db/booking");
    }

    private static void run(Database database, String sql) throws Exception {
        try (var connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(Database database, String sql) throws Exception {
        try (var connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                var rows = connection.createStatement().executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
