package dev.stagedoor.booking;

import dev.stagedoor.booking.seat.ScheduleId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.Test;

import reactor.core.publisher.Flux;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Not a test: reserve-and-pay journeys per second through the service, HTTP and lock and all,
 * beside pgbench sending the same SQL to the same PostgreSQL; and a stampede on one seat with and
 * without the lock. Run with {@code mvn -pl booking-service -am test -Dtest=JourneyBenchmark
 * -Dsurefire.failIfNoSpecifiedTests=false}; needs pgbench on the path.
 */
class JourneyBenchmark {

    private static final int JOURNEYS = 5_000;
    private static final int CLIENTS = 32;
    private static final int ROUNDS = 5;
    private static final int CROWD = 1_000;

    private final Booking booking = Booking.shared();
    private final List<UserId> users =
            IntStream.range(0, 500).mapToObj(_ -> UserId.random()).toList();

    @Test
    void besidePgbench() throws Exception {
        booking.register(users);
        booking.sql("CREATE TABLE bench_user (n int PRIMARY KEY, id uuid NOT NULL)");
        for (int n = 0; n < users.size(); n++) {
            booking.sql("INSERT INTO bench_user VALUES (?, ?)", n, users.get(n).uuid());
        }
        booking.sql(
                "UPDATE account SET balance = 9000000000000 WHERE user_id IN (SELECT id FROM"
                        + " bench_user)");
        serviceRound(evenings());
        for (int round = 1; round <= ROUNDS; round++) {
            report("service", round, serviceRound(evenings()));
            System.err.println(
                    "RESULT pgbench round " + round + ": " + pgbench(evenings().getFirst()));
        }
    }

    @Test
    void aStampede() {
        try (Booking unlocked = Booking.another("--stagedoor.booking.lock.enabled=false")) {
            stampede(booking);
            stampede(unlocked);
            for (int round = 1; round <= ROUNDS; round++) {
                report("stampede with lock", round, stampede(booking));
                report("stampede without lock", round, stampede(unlocked));
            }
        }
    }

    private List<ScheduleId> evenings() {
        return IntStream.range(0, JOURNEYS / 50).mapToObj(_ -> booking.evening(50, 50)).toList();
    }

    private Timing serviceRound(List<ScheduleId> evenings) {
        List<Visitor> visitors = users.stream().map(booking::visitor).toList();
        List<Long> latencies = Collections.synchronizedList(new ArrayList<>());
        long begun = System.nanoTime();
        Flux.range(0, JOURNEYS)
                .flatMap(
                        n -> {
                            Visitor visitor = visitors.get(n % users.size());
                            long started = System.nanoTime();
                            return visitor.reserving(evenings.get(n / 50), null, 1 + n % 50)
                                    .flatMap(it -> visitor.paying(it.is(201).text("reservationId")))
                                    .doOnNext(it -> it.is(201))
                                    .doOnNext(_ -> latencies.add(System.nanoTime() - started));
                        },
                        CLIENTS)
                .blockLast();
        return new Timing(latencies, System.nanoTime() - begun);
    }

    private Timing stampede(Booking on) {
        ScheduleId schedule = on.evening();
        List<UserId> crowd = IntStream.range(0, CROWD).mapToObj(_ -> UserId.random()).toList();
        on.register(crowd);
        List<Visitor> visitors = crowd.stream().map(on::visitor).toList();
        List<Long> losers = Collections.synchronizedList(new ArrayList<>());
        long begun = System.nanoTime();
        Flux.fromIterable(visitors)
                .flatMap(
                        it -> {
                            long started = System.nanoTime();
                            return it.reserving(schedule, null, 7)
                                    .filter(answer -> answer.status() != 201)
                                    .doOnNext(_ -> losers.add(System.nanoTime() - started));
                        },
                        CROWD)
                .blockLast();
        return new Timing(losers, System.nanoTime() - begun);
    }

    private String pgbench(ScheduleId first) throws Exception {
        booking.sql("DROP SEQUENCE IF EXISTS bench");
        booking.sql("CREATE SEQUENCE bench MINVALUE 0");
        Database database = DevServices.database();
        Path script = Path.of("..", "load-tests", "booking", "journey.sql");
        Process pgbench =
                new ProcessBuilder(
                                "pgbench",
                                "-n",
                                "-M",
                                "prepared",
                                "-c",
                                "16",
                                "-j",
                                "2",
                                "-t",
                                Integer.toString(JOURNEYS / 16 - 1),
                                "-D",
                                "first=" + first,
                                "-f",
                                script.toString(),
                                "-h",
                                database.host(),
                                "-p",
                                Integer.toString(database.port()),
                                "-U",
                                database.user(),
                                database.name())
                        .redirectErrorStream(true)
                        .start();
        List<String> said = pgbench.inputReader().lines().toList();
        return said.stream()
                .filter(
                        line ->
                                line.startsWith("tps")
                                        || line.contains("failed")
                                        || line.contains("ERROR"))
                .toList()
                .toString();
    }

    private static void report(String what, int round, Timing timing) {
        System.err.println("RESULT " + what + " round " + round + ": " + timing);
    }

    private record Timing(List<Long> latencies, long nanos) {
        @Override
        public String toString() {
            List<Long> sorted = latencies.stream().sorted().toList();
            return "%d/s, p50 %d ms, p99 %d ms"
                    .formatted(
                            sorted.size() * 1_000_000_000L / nanos,
                            sorted.get(sorted.size() / 2) / 1_000_000,
                            sorted.get(sorted.size() * 99 / 100) / 1_000_000);
        }
    }
}
