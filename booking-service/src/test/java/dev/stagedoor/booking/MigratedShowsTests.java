package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.EmbeddedPostgres;

import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.DriverManager;
import java.sql.SQLException;

/** A database of the version before, with a sale in it, goes on as it is. */
@Timeout(60)
class MigratedShowsTests {

    private static final String SALE =
            """
            INSERT INTO users (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Kim');
            INSERT INTO account (user_id, balance, entries)
            VALUES ('00000000-0000-0000-0000-000000000001', 4000, 2);
            INSERT INTO concert (title, artist, venue, time_zone) VALUES ('T', 'A', 'V', 'Asia/Seoul');
            INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at, sales_close_at,
                                  seat_count)
            VALUES (1, now() + interval '9 days', current_date + 9, now(), now() + interval '8 days', 2);
            INSERT INTO seat (schedule_id, seat_number, price) VALUES (1, 1, 1000), (1, 2, 1000);
            INSERT INTO reservation (id, user_id, schedule_id, seat_count, status, held_until)
            VALUES ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000001',
                    1, 1, 'PAID', now());
            INSERT INTO ticket (id, reservation_id, user_id, schedule_id, seat_number, price, status)
            VALUES ('00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000a',
                    '00000000-0000-0000-0000-000000000001', 1, 1, 1000, 'PAID');
            UPDATE seat SET status = 'SOLD', ticket_id = '00000000-0000-0000-0000-00000000000b'
            WHERE seat_number = 1;
            INSERT INTO payment (id, reservation_id, user_id, amount, status, paid_at)
            VALUES ('00000000-0000-0000-0000-00000000000c', '00000000-0000-0000-0000-00000000000a',
                    '00000000-0000-0000-0000-000000000001', 1000, 'COMPLETED', now());
            INSERT INTO ledger_entry (user_id, entry, kind, amount, balance_after, payment_id)
            VALUES ('00000000-0000-0000-0000-000000000001', 1, 'CHARGE', 5000, 5000, NULL),
                   ('00000000-0000-0000-0000-000000000001', 2, 'PAYMENT', -1000, 4000,
                    '00000000-0000-0000-0000-00000000000c');
            """;

    @Test
    void whatWasSoldBeforeIsRefundedWhenItsShowIsCancelled() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            Database database = postgres.database();
            migrate(database, "6");
            run(database, SALE);
            migrate(database, "latest");

            run(
                    database,
                    """
                    INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at,
                                          sales_close_at, seat_count)
                    SELECT 1, starts_at + interval '3 hours', concert_date, now(), sales_close_at, 1
                    FROM schedule;
                    SELECT cancel(1, 'rain');
                    SELECT settle(500);
                    """);

            assertThat(
                            row(
                                    database,
                                    """
                                    SELECT concat_ws(' ', balance, entries, refund.reason,
                                        reservation.status, settled_at IS NOT NULL)
                                    FROM account JOIN refund USING (user_id) JOIN reservation USING (user_id)
                                    JOIN schedule ON schedule.id = schedule_id
                                    """))
                    .isEqualTo("5000 3 rain REFUNDED t");
        }
    }

    private static void migrate(Database database, String target) {
        Flyway.configure()
                .dataSource(database.jdbcUrl(), database.user(), database.password())
                .locations("classpath:db/booking")
                // The functions are those of today, and need today's tables.
                .repeatableSqlMigrationPrefix(target.equals("latest") ? "R" : "none")
                .target(target)
                .load()
                .migrate();
    }

    private static void run(Database database, String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String row(Database database, String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                var rows = connection.createStatement().executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
