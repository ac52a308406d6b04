package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.devservices.Database;

import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** A database of a version before, with a sale in it, goes on as it is and does what is new. */
@Timeout(60)
class MigrationTests {

    private static final String KIM = "'00000000-0000-0000-0000-000000000001'";

    private static final String SALE =
            """
            INSERT INTO users (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Kim');
            INSERT INTO account (user_id, balance, entries)
            VALUES ('00000000-0000-0000-0000-000000000001', 4000, 2);
            INSERT INTO concert (title, artist, venue, time_zone) VALUES ('T', 'A', 'V', 'Asia/Seoul');
            INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at, sales_close_at,
                                  seat_count)
            VALUES (1, now() + interval '9 days', current_date + 9, now() - interval '1 hour', now() + interval '8 days', 25);
            INSERT INTO seat (schedule_id, seat_number, price)
            SELECT 1, number, 1000 FROM generate_series(1, 25) AS number;
            UPDATE seat SET status = 'BLOCKED' WHERE seat_number IN (5, 6);
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
            INSERT INTO kept_answer (user_id, key, fingerprint, status, completes_session, body)
            VALUES ('00000000-0000-0000-0000-000000000001', 'key', 'print', 201, false, '{"n":1}');
            """;

    private Database database;

    /** Before an act was a function, before accounts, before plans, before shows had a life. */
    @ParameterizedTest
    @ValueSource(strings = {"3", "6", "8", "10", "14"})
    void whatWasSoldBeforeIsShownRefundedAndSoldOn(String version) throws Exception {
        database = OwnDatabase.create("from_" + version);
        migrate(version);
        run(SALE);
        migrate("latest");

        assertThat(row("SELECT outcome || body FROM charge(%s, 'key', 'print', 9)".formatted(KIM)))
                .isEqualTo("replayed{\"n\":1}");
        theBestAreHeldAndTheBlockedStayBlocked();
        whoHasBoughtAddsAPasswordAndComesIn();
        aCancelledShowIsPaidBack();
    }

    /** Of a large table while it is sold from: nobody has to wait for it then. */
    @Test
    void anIndexThatSomebodyHasMadeBeforeIsTheOne() throws Exception {
        database = OwnDatabase.create("indexed");
        migrate("18");
        run(
                """
                CREATE INDEX CONCURRENTLY seat_unsold ON seat (schedule_id, seat_number)
                WHERE status IN ('AVAILABLE', 'HELD')
                """);

        migrate("latest");

        assertThat(row("SELECT count(*) FROM pg_index WHERE indexrelid = 'seat_unsold'::regclass"))
                .isEqualTo("1");
    }

    /** The limits that a role has for the sake of a pooler are those of buyers. */
    @Test
    void takeTheirTimeWhateverLimitTheRoleHas() throws Exception {
        database = OwnDatabase.create("limited");
        migrate("18");
        run(SALE);
        run(
                """
                INSERT INTO seat (schedule_id, seat_number, price)
                SELECT 1, number, 1000 FROM generate_series(26, 100000) AS number;
                ALTER DATABASE limited SET statement_timeout = '20ms';
                """);

        assertThatNoException()
                .isThrownBy(
                        () ->
                                Booking.start(
                                                null,
                                                database,
                                                "--stagedoor.booking.lock.redis=false")
                                        .close());
    }

    /** Beside newer ones it is restarted: their functions stay. */
    @Test
    void anInstanceOfBeforeTakesNothingBack() throws Exception {
        database = OwnDatabase.create("of_later");
        migrate("latest");
        run(
                """
                CREATE OR REPLACE FUNCTION balance(buyer uuid) RETURNS json LANGUAGE sql STABLE AS
                    $$ SELECT '"of later"'::json $$;
                UPDATE flyway_schema_history SET checksum = 1 WHERE script LIKE '%R__documents.sql';
                INSERT INTO flyway_schema_history SELECT installed_rank + 100, '999', 'later', type,
                    'V999__later.sql', 1, installed_by, installed_on, 1, true
                FROM flyway_schema_history WHERE version = '1';
                """);

        Booking.start(null, database, "--stagedoor.booking.lock.redis=false").close();

        assertThat(row("SELECT balance(%s)".formatted(KIM))).isEqualTo("\"of later\"");
    }

    private void theBestAreHeldAndTheBlockedStayBlocked() throws SQLException {
        assertThat(
                        row(
                                """
                                SELECT outcome || ' ' || (body::json -> 'tickets' -> 0 ->> 'seatNumber')
                                       || (body::json -> 'tickets' -> 0 ->> 'place' IS NULL)
                                FROM hold_best(%s, NULL, NULL, 1, 2, NULL, false, 60000)
                                """
                                        .formatted(KIM)))
                .isEqualTo("done 15true");
        assertThat(row("SELECT count(*) FROM benches(1)")).isEqualTo("3");
        assertThat(row("SELECT count(*) FROM seat WHERE status = 'BLOCKED'")).isEqualTo("2");
    }

    private void whoHasBoughtAddsAPasswordAndComesIn() throws SQLException {
        assertThat(row("SELECT is_known(%s, NULL)".formatted(KIM))).isEqualTo("t");
        run("SELECT set_password(%s, NULL, 'kim@x.kr', 'h', NULL)".formatted(KIM));
        assertThat(row("SELECT is_known(%s, NULL)".formatted(KIM))).isEqualTo("f");
        assertThat(
                        row(
                                """
                                SELECT outcome FROM check_in('00000000-0000-0000-0000-00000000000b',
                                    1, 'North', 'hana', NULL, NULL)
                                """))
                .isEqualTo("done");
    }

    private void aCancelledShowIsPaidBack() throws SQLException {
        run(
                """
                INSERT INTO schedule (concert_id, starts_at, concert_date, sales_open_at,
                                      sales_close_at, seat_count)
                SELECT 1, starts_at + interval '3 hours', concert_date, now(), sales_close_at, 1
                FROM schedule;
                SELECT cancel(1, 'rain');
                SELECT settle(1, 500);
                """);

        assertThat(
                        row(
                                """
                                SELECT concat_ws(' ', balance, entries, refund.reason,
                                    reservation.status, settled_at IS NOT NULL)
                                FROM account JOIN refund USING (user_id)
                                JOIN payment ON payment.id = payment_id
                                JOIN reservation ON reservation.id = reservation_id
                                JOIN schedule ON schedule.id = schedule_id
                                """))
                .isEqualTo("5000 3 rain REFUNDED t");
    }

    private void migrate(String target) {
        Flyway.configure()
                .dataSource(database.jdbcUrl(), database.user(), database.password())
                .locations("classpath:db/booking")
                // The functions are those of today, and need today's tables.
                .repeatableSqlMigrationPrefix(target.equals("latest") ? "R" : "none")
                .target(target)
                .load()
                .migrate();
    }

    private void run(String sql) throws SQLException {
        try (Connection connection = connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String row(String sql) throws SQLException {
        try (Connection connection = connect();
                var rows = connection.createStatement().executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(
                database.jdbcUrl(), database.user(), database.password());
    }
}
