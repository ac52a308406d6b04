package dev.stagedoor.booking.seat;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import reactor.core.publisher.Flux;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;

/** The Redis of the seat locks behind a Sentinel: it dies, its replica takes its place. */
@OwnServers
@Timeout(120)
class SentinelTests {

    private static final Path PROGRAM = Path.of("/usr/bin/redis-sentinel");

    private static final String SETTINGS =
            """
            port %d
            bind 127.0.0.1
            sentinel monitor sale 127.0.0.1 %d 1
            sentinel down-after-milliseconds sale 500
            sentinel failover-timeout sale 3000
            """;

    @TempDir private Path directory;

    @BeforeAll
    static void needsSentinel() {
        Installed.need(PROGRAM);
    }

    @Test
    void seatsAreLockedAgainByTheReplicaAndBookedAllTheWhile() {
        int port = FreePort.find();
        try (EmbeddedRedis master = EmbeddedRedis.start();
                EmbeddedRedis replica =
                        EmbeddedRedis.start("--replicaof", "127.0.0.1", "" + master.port())) {
            Process sentinel =
                    Installed.start(
                            PROGRAM, directory, SETTINGS.formatted(port, master.port()), port);
            try (Booking booking =
                    Booking.another(
                            "--spring.data.redis.sentinel.master=sale",
                            "--spring.data.redis.sentinel.nodes=127.0.0.1:" + port)) {
                ScheduleId schedule = booking.schedule(1_000, 1_000);
                Visitor visitor = booking.visitor();
                Iterator<Integer> seats = Flux.range(1, 1_000).toIterable().iterator();
                await().until(
                                () ->
                                        replica.ask("INFO replication")
                                                .contains("master_link_status:up"));
                locksAreTaken(booking, visitor, schedule, seats);

                master.kill();

                // Whoever asks Redis itself at the moment of its change is hung up on.
                await().ignoreException(UncheckedIOException.class)
                        .until(
                                () -> {
                                    visitor.reserve(schedule, seats.next()).is(201);
                                    return replica.ask("ROLE").startsWith("master");
                                });
                locksAreTaken(booking, visitor, schedule, seats);
                Audits.everythingIsWellIn(booking);
            } finally {
                sentinel.destroy();
            }
        }
    }

    private static void locksAreTaken(
            Booking booking, Visitor visitor, ScheduleId schedule, Iterator<Integer> seats) {
        double before = taken(booking);
        await().until(
                        () -> {
                            visitor.reserve(schedule, seats.next()).is(201);
                            return taken(booking) > before;
                        });
    }

    private static double taken(Booking booking) {
        return booking.bean(MeterRegistry.class)
                .get("stagedoor.booking.seat.lock")
                .tag("outcome", "taken")
                .counter()
                .count();
    }
}
