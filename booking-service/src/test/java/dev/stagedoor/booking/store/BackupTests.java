package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.InstalledPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** A copy is taken while seats are held and sold, and another service goes on from it. */
@OwnServers
@Timeout(300)
class BackupTests {

    @Test
    void aCopyIsTakenAndPutBackAsTheRunbookSays(@TempDir Path directory) throws Exception {
        Installed.need(
                InstalledPostgres.isThere() && Files.isExecutable(Path.of("/usr/bin/pg_dump")),
                "PostgreSQL with pg_dump");
        try (InstalledPostgres old = InstalledPostgres.start(Map.of());
                InstalledPostgres fresh = InstalledPostgres.start(Map.of())) {
            ScheduleId schedule;
            Visitor visitor;
            String held;
            ScheduleId later;
            try (Booking booking = service(old)) {
                schedule = booking.schedule();
                visitor = booking.visitor();
                visitor.charge(100_000).is(201);
                visitor.pay(visitor.reserve(schedule, 1).is(201).text("reservationId")).is(201);
                held = visitor.reserve(schedule, 2).is(201).text("reservationId");
                typed(directory, 0, old.database());
                later = booking.schedule();
            }

            typed(directory, 1, fresh.database());
            typed(directory, 2, fresh.database());
            try (Booking booking = service(fresh, Booking.MANAGED)) {
                Installed.run(
                        "sh",
                        "-c",
                        "PASSWORD='"
                                + Booking.ADMIN_PASSWORD
                                + "';"
                                + line(3).replace(":9081", ":" + booking.managementPort())
                                + " | grep -q '\"well\":true'");
                Visitor again = booking.visitor(visitor.user());

                again.pay(held).is(201);
                booking.visitor().reserve(schedule, 1).is(409, "seat-taken");
                assertThat(again.balance()).isZero();
                assertThat(booking.schedule().value())
                        .as("browsers know the former one")
                        .isGreaterThan(later.value());
                Audits.everythingIsWellIn(booking);
            }
        }
    }

    /** What others lock meanwhile has the same numbers, in a database of theirs. */
    private static Booking service(InstalledPostgres postgres, String... settings) {
        return Booking.patient(
                null,
                postgres.database(),
                Stream.concat(
                                Stream.of("--stagedoor.booking.lock.redis=false"),
                                Stream.of(settings))
                        .toArray(String[]::new));
    }

    /** One line of the block, with the server of the test in the place of the runbook's. */
    private static void typed(Path directory, int line, Database database) throws IOException {
        String command =
                line(line)
                        .replace("--host=db1", "--host=127.0.0.1 --port=" + database.port())
                        .replace("--username=seller", "--username=" + database.user())
                        .replace("--dbname=sale", "--dbname=" + database.name());
        Installed.run("sh", "-c", "cd " + directory + " && " + command);
    }

    private static String line(int line) {
        return Runbook.block("Backups of the sale", "sh", 0)
                .lines()
                .skip(line)
                .findFirst()
                .orElseThrow();
    }
}
