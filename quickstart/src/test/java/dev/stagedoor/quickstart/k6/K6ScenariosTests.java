package dev.stagedoor.quickstart.k6;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.quickstart.k6.K6Script.Summary;
import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Shared;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Every script of {@code load-tests/k6} on a small scale, against the real sale. Each has a room to
 * itself, so that they can run at the same time; what needs the same room waits for the other, and
 * Redis is killed when nobody else is there.
 */
@ExtendWith(Shared.class)
@ResourceLock(Stage.TAKES_TURNS)
@Timeout(300)
class K6ScenariosTests {

    private static final String REDIS = "redis";
    private static final String MAIN_ROOM = "main room";

    private static Stage stage;

    @TempDir Path directory;

    @BeforeAll
    static void open(Stage shared) {
        assumeTrue(K6Script.canRun(), "node is not installed: the k6 scripts are not tried out");
        stage = shared;
        stage.prepare("capacity", "10");
    }

    @BesideOthers
    void joinSpike() throws Exception {
        Summary summary =
                run(
                                "join-spike",
                                "ROOM=spike CLOSING_SECONDS=200 RATE=5 PEAK=40 TRICKLE_SECONDS=1"
                                    + " PEAK_SECONDS=2 VUS=160 MAX_VUS=200 JOIN_P95_MILLIS=180000")
                        .holds();

        assertThat(summary.count("people_joined")).isGreaterThan(100);
    }

    @BesideOthers
    void pollHerd() throws Exception {
        Summary summary =
                run(
                                "poll-herd",
                                "ROOM=herd HERDS=4 PLACES=10 TOGETHER=5 SECONDS=6"
                                        + " POLL_P95_MILLIS=30000")
                        .holds();

        assertThat(summary.count("people_joined")).isEqualTo(40);
        assertThat(summary.count("http_reqs{name:poll}")).isLessThan(40 * 9);
    }

    @BesideOthers
    @ResourceLock(MAIN_ROOM)
    void ticketSale() throws Exception {
        Summary summary =
                run(
                                "ticket-sale",
                                "RATE=8 SECONDS=4 VUS=40 MAX_VUS=40 SEATS=12 THINK_SECONDS=0.2"
                                        + " HOLD_P95_MILLIS=30000 PAY_P95_MILLIS=30000 WITNESSES=4"
                                        + " WITNESS_BURSTS=4 WITNESS_EVERY_SECONDS=1")
                        .holds();

        assertThat(summary.count("tickets_paid")).isEqualTo(12);
        assertThat(summary.count("tickets_paid{seat:12}")).isEqualTo(1);
        assertThat(summary.count("people_admitted")).isGreaterThanOrEqualTo(32 + 16);
        assertThat(summary.value("time_in_line", "max")).isPositive();
        stage.everythingIsWell();
    }

    @BesideOthers
    @ResourceLock(MAIN_ROOM)
    void seatWar() throws Exception {
        Summary summary =
                run(
                                "seat-war",
                                "FIGHTERS=10 WANTED_SEATS=2 ROUNDS=2 LINE_UP_SECONDS=3"
                                        + " ROUND_SECONDS=1 SEATS=5 HOLD_P99_MILLIS=30000")
                        .holds();

        assertThat(summary.count("seats_held")).isEqualTo(2);
        assertThat(summary.count("http_reqs")).isGreaterThan(10 * 4);
        stage.everythingIsWell();
    }

    @BesideOthers
    void noShows() throws Exception {
        Summary summary =
                run(
                                "no-shows",
                                "ROOM=no-shows RATE=5 SECONDS=4 VUS=25 MAX_VUS=25 CAPACITY=6"
                                        + " NO_SHOWS=0.3 SLEEPERS=0.2 THINK_SECONDS=0.2 WITNESSES=2"
                                        + " WITNESS_BURSTS=3 WITNESS_EVERY_SECONDS=1")
                        .holds();

        assertThat(summary.value("people_inside", "max")).isLessThanOrEqualTo(6);
    }

    @BesideOthers
    void reconnectStorm() throws Exception {
        Summary summary =
                run(
                                "reconnect-storm",
                                "ROOM=storm PEOPLE=15 STORMS=3 CALM_SECONDS=2"
                                        + " JOIN_P95_MILLIS=30000")
                        .holds();

        assertThat(summary.count("reconnections")).isBetween(15L, 45L);
    }

    @Test
    @ResourceLock(REDIS)
    void redisOutage() throws Exception {
        K6Script script =
                run(
                        "redis-outage",
                        "ROOM=outage RATE=4 SECONDS=7 VUS=40 MAX_VUS=40 THINK_SECONDS=1"
                                + " WITNESSES=3 WITNESS_BURSTS=2 WITNESS_EVERY_SECONDS=1");

        aLineHasFormed("outage");
        stage.redis.kill();
        nobodyCanJoin("outage");
        stage.redis.restart();

        Summary summary = script.holds();
        assertThat(summary.count("outages_seen")).isPositive();
        assertThat(summary.count("people_admitted_afterwards")).isPositive();
    }

    private K6Script run(String name, String settings) {
        Map<String, String> all = new HashMap<>();
        for (String setting : settings.split(" ")) {
            String[] parts = setting.split("=", 2);
            all.put(parts[0], parts[1]);
        }
        all.put("GATEWAY", "http://127.0.0.1:" + stage.gateway);
        all.put("MANAGEMENT", "http://127.0.0.1:" + stage.bookingManagement);
        all.put("ADMIN_PASSWORD", Stage.ADMIN_PASSWORD);
        all.put("TIMEOUT_SECONDS", "180"); // longer than a busy machine takes
        return K6Script.start(name, directory, all);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    @ResourceLock(value = REDIS, mode = ResourceAccessMode.READ)
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    private @interface BesideOthers {}

    private static void aLineHasFormed(String room) {
        await().until(() -> lookInto(room).body().path("waiting").asInt() >= 3);
    }

    private static void nobodyCanJoin(String room) {
        String wish = "{\"room\":\"%s\"}".formatted(room);
        await().until(
                        () ->
                                stage.browser().ask("POST", "/api/v1/queue/tokens", wish).status()
                                        == 503);
    }

    private static Browser.Answer lookInto(String room) {
        return stage.browser().ask("GET", "/api/v1/queue/rooms/" + room, null);
    }
}
