package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.seat.ScheduleId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Not a test: reserve-and-pay journeys per second through the service, HTTP and lock and all,
 * beside pgbench sending the same SQL to the same PostgreSQL; and a stampede on one seat with and
 * without the lock. Run with {@code mvn -pl booking-service -am test -Dtest=JourneyBenchmark
 * -Dsurefire.failIfNoSpecifiedTests=false}; needs pgbench on the path.
 */
class JourneyBenchmark {

    private static final int MOST_JOURNEYS = 20_000;
    private static final int SEATS = 1_000;
    private static final int CLIENTS = 32;
    private static final int WARM_UP_SECONDS = 20;
    private static final int SECONDS = 5;
    private static final int WARM_UPS = 6;
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
        for (int second = 0; second < WARM_UP_SECONDS; second += SECONDS) {
            serviceRound(evenings());
        }
        for (int round = 1; round <= ROUNDS; round++) {
            report("service", round, serviceRound(evenings()));
            System.err.println(
                    "RESULT pgbench round " + round + ": " + pgbench(evenings().getFirst()));
        }
    }

    @Test
    void aStampede() throws Exception {
        try (Booking unlocked = Booking.another("--stagedoor.booking.lock.enabled=false")) {
            for (int warmUp = 0; warmUp < WARM_UPS; warmUp++) {
                stampede(booking);
                stampede(unlocked);
            }
            for (int round = 1; round <= ROUNDS; round++) {
                report("stampede with lock", round, stampede(booking));
                report("stampede without lock", round, stampede(unlocked));
            }
        }
    }

    private List<ScheduleId> evenings() {
        return IntStream.range(0, MOST_JOURNEYS / SEATS)
                .mapToObj(_ -> booking.evening(SEATS, SEATS))
                .toList();
    }

    private Timing serviceRound(List<ScheduleId> evenings) throws Exception {
        List<String> passes = users.stream().map(booking::pass).toList();
        AtomicInteger next = new AtomicInteger();
        List<Long> latencies = Collections.synchronizedList(new ArrayList<>(MOST_JOURNEYS));
        long begun = System.nanoTime();
        long end = begun + TimeUnit.SECONDS.toNanos(SECONDS);
        inParallel(
                Executors.newFixedThreadPool(CLIENTS),
                CLIENTS,
                () -> {
                    try (Wire wire = new Wire(booking.port())) {
                        for (int n = next.getAndIncrement();
                                n < MOST_JOURNEYS && System.nanoTime() < end;
                                n = next.getAndIncrement()) {
                            long started = System.nanoTime();
                            journey(wire, passes.get(n % users.size()), evenings, n);
                            latencies.add(System.nanoTime() - started);
                        }
                    }
                    return null;
                });
        return new Timing(latencies, System.nanoTime() - begun);
    }

    private static void journey(Wire wire, String pass, List<ScheduleId> evenings, int n)
            throws IOException {
        Wire.Reply held = wire.post("/api/v1/reservations", pass, wish(evenings.get(n / SEATS), n));
        assertThat(held.status()).as(held.body()).isEqualTo(201);
        String payment = "/api/v1/reservations/" + held.text("reservationId") + "/payment";
        assertThat(wire.post(payment, pass, "").status()).isEqualTo(201);
    }

    private static String wish(ScheduleId schedule, int n) {
        return "{\"scheduleId\":" + schedule + ",\"seatNumbers\":[" + (1 + n % SEATS) + "]}";
    }

    /** Everybody is connected before anybody asks. */
    private static Timing stampede(Booking on) throws Exception {
        ScheduleId schedule = on.evening();
        List<UserId> crowd = IntStream.range(0, CROWD).mapToObj(_ -> UserId.random()).toList();
        on.register(crowd);
        List<String> passes = crowd.stream().map(on::pass).toList();
        List<Long> losers = Collections.synchronizedList(new ArrayList<>(CROWD));
        AtomicInteger next = new AtomicInteger();
        CountDownLatch connected = new CountDownLatch(CROWD);
        AtomicLong begun = new AtomicLong();
        inParallel(
                Executors.newVirtualThreadPerTaskExecutor(),
                CROWD,
                () -> {
                    String pass = passes.get(next.getAndIncrement());
                    try (Wire wire = new Wire(on.port())) {
                        connected.countDown();
                        connected.await();
                        begun.compareAndSet(0, System.nanoTime());
                        int status =
                                wire.post("/api/v1/reservations", pass, wish(schedule, 6)).status();
                        assertThat(status).isIn(201, 409);
                        if (status == 409) {
                            losers.add(System.nanoTime() - begun.get());
                        }
                    }
                    return null;
                });
        assertThat(losers).hasSize(CROWD - 1);
        return new Timing(losers, System.nanoTime() - begun.get());
    }

    private static void inParallel(ExecutorService threads, int times, Callable<Void> work)
            throws Exception {
        try (threads) {
            for (Future<Void> done : threads.invokeAll(Collections.nCopies(times, work))) {
                done.get();
            }
        }
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
                                "-T",
                                Integer.toString(SECONDS),
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
