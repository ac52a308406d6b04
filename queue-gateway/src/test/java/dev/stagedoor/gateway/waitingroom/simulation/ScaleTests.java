package dev.stagedoor.gateway.waitingroom.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.redis.Settings;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Ten million people in eight rooms on as many shards, in front of forty gateways; one shard dies
 * in the middle of it, and its replica lacks the last moments. All eight are simulated by {@code
 * -Dscale=true}, else that one and another.
 */
class ScaleTests {

    private static final int SHARDS = 8;

    /** They share nothing, so that two of them tell what all do. */
    private static final int SIMULATED = Boolean.getBoolean("scale") ? SHARDS : 2;

    private static final int LOST = 1;
    private static final int LOST_AT = 90;
    private static final int OUTAGE = 6;
    private static final int OPENING = 120;
    private static final int PER_SECOND = 4_750;
    private static final RoomSettings SETTINGS =
            Settings.of(
                    "batch",
                    5_000,
                    "capacity",
                    220_000,
                    "per-minute",
                    60 * PER_SECOND,
                    "session",
                    "30s",
                    "claim-timeout",
                    "30s",
                    "max-waiting",
                    0);

    private static final Plan SHARD =
            new Plan(1, 1_250_000, 40, OPENING, 320, 2_000, SETTINGS, Plan.NEVER, Plan.NEVER, 0, 0);

    private static Costs costs;
    private static List<Simulation> shards;

    @BeforeAll
    static void simulate() throws IOException {
        costs = Costs.of(measured().get("redis"));
        shards =
                IntStream.range(0, SIMULATED)
                        .parallel()
                        .mapToObj(ScaleTests::plan)
                        .map(plan -> new Simulation(plan, costs, SimulatedLine::new).run())
                        .toList();
    }

    private static Plan plan(int shard) {
        Plan plan = SHARD.withSeed(shard);
        return shard == LOST ? plan.losing(LOST_AT, LOST_AT + OUTAGE, 300) : plan;
    }

    private static JsonNode measured() throws IOException {
        String script = Files.readString(Path.of("../docs/scale.js"));
        String json = script.split("/\\* JSON \\*/")[1].split("/\\* end of JSON \\*/")[0];
        return JsonMapper.shared().readTree(json);
    }

    @Test
    void everybodyGoesInInOrderAndNoMoreThanMay() {
        for (int shard = 0; shard < SIMULATED; shard++) {
            for (Audit audit : shards.get(shard).audits()) {
                long forgotten = shard == LOST ? SETTINGS.batch() : 0;
                assertThat(audit.faults(forgotten)).as("shard %d", shard).isEmpty();
                assertThat(audit.told + audit.missedTurns)
                        .as("who did as they were told")
                        .isGreaterThan(SHARD.people() * 95L / 100 - SHARD.people() / 1000);
                assertThat(audit.missedTurns)
                        .as("who heard of the turn too late, of %d", audit.admitted())
                        .isLessThan(audit.admitted() / 100);
            }
        }
    }

    @Test
    void nobodyWaitsMuchLongerThanTheTurnTakes() throws Exception {
        long reckoned = reckoned().get("waitSeconds").asLong() * 1000;
        for (int shard = 0; shard < SIMULATED; shard++) {
            long outage = shard == LOST ? (OUTAGE + 5) * 1000L : 0;
            for (Audit audit : shards.get(shard).audits()) {
                assertThat(audit.longestWaitMillis)
                        .as("shard %d", shard)
                        .isBetween(reckoned, reckoned + 30_000 + outage);
            }
        }
    }

    /** Later than a gateway waits only where a shard was away, and all come back to it at once. */
    @Test
    void redisAnswersInTime() {
        for (int shard = 0; shard < SIMULATED; shard++) {
            Shard redis = shards.get(shard).shard();
            assertThat(redis.longestWaitMillis())
                    .as("ms until a call begins on shard %d, %s", shard, redis)
                    .isLessThan(shard == LOST ? 1_000 : 400);
        }
    }

    /**
     * By arithmetic and by people: in the first seconds, and in the minute after all have come,
     * when it reckons a quarter too much. Less than is needed it may not tell.
     */
    @Test
    void theCalculatorTellsTheLoadOfAShard() throws Exception {
        JsonNode reckoned = reckoned();
        double coming = reckoned.at("/coming/load").asDouble();
        double there = reckoned.at("/there/load").asDouble();

        for (int shard = 0; shard < shards.size(); shard++) {
            if (shard != LOST) {
                Shard redis = shards.get(shard).shard();
                assertThat(redis.load(2, 8)).as("%s", redis).isCloseTo(coming, within(0.1));
                assertThat(redis.load(OPENING + 10, OPENING + 60) / there)
                        .as("beside %.2f that were reckoned, %s", there, redis)
                        .isBetween(0.65, 1.05);
            }
        }
    }

    /** What it reckons with were other figures. */
    @Test
    void theCalculatorTellsWhatWasMeasured() throws Exception {
        JsonNode points = calculated("--measured");

        assertThat(points.get("bytesOfAMillion").asDouble()).isCloseTo(136, within(1.0));
        assertThat(points.get("bytesOfMore").asDouble()).isCloseTo(143, within(1.0));
        assertThat(points.get("journeys").asDouble()).isCloseTo(450, within(22.0));
    }

    /** The same, by the calculator of the papers. */
    private static JsonNode reckoned() throws Exception {
        return calculated(
                "people=10000000",
                "rooms=8",
                "shards=" + SHARDS,
                "gateways=40",
                "rate=" + PER_SECOND,
                "openingSeconds=" + OPENING,
                "sessionSeconds=30");
    }

    private static JsonNode calculated(String... wishes) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("node", "../load-tests/scale.mjs", "--json"));
        command.addAll(Arrays.asList(wishes));
        Process node;
        try {
            node = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "node is not installed");
            throw e;
        }
        String told = new String(node.getInputStream().readAllBytes());
        assertThat(node.waitFor()).as(told).isZero();
        return JsonMapper.shared().readTree(told);
    }

    // ── what the audit would find ───────────────────────────────────────────────────────────────

    private static final RoomSettings SMALL =
            Settings.of(
                    "batch",
                    300,
                    "capacity",
                    4_000,
                    "per-minute",
                    12_000,
                    "session",
                    "15s",
                    "claim-timeout",
                    "15s",
                    "max-waiting",
                    0);

    private static final Plan SMALL_SHARD =
            new Plan(1, 12_000, 5, 20, 70, 2_000, SMALL, Plan.NEVER, Plan.NEVER, 0, 7)
                    .losing(12, 15, 500);

    /** Lines that do one thing wrong. */
    enum Crooked {
        LETS_THE_LAST_IN_FIRST {
            @Override
            SimulatedLine of(RoomSettings settings, long epoch, int most) {
                return new SimulatedLine(settings, epoch, most) {
                    @Override
                    int next() {
                        int place = places() - 1;
                        while (standing(place) != WAITING) {
                            place--;
                        }
                        return place;
                    }
                };
            }
        },
        LETS_THE_SECOND_IN_BEFORE_THE_FIRST_ONCE {
            @Override
            SimulatedLine of(RoomSettings settings, long epoch, int most) {
                return new SimulatedLine(settings, epoch, most) {
                    private int turns;

                    @Override
                    int next() {
                        int place = super.next();
                        return ++turns == 100 && standing(place + 1) == WAITING ? place + 1 : place;
                    }
                };
            }
        },
        KEEPS_THE_CAPACITY_OF_EACH_GATEWAY {
            @Override
            SimulatedLine of(RoomSettings settings, long epoch, int most) {
                return new SimulatedLine(settings, epoch, most) {
                    private final long[] admitted = new long[100];

                    @Override
                    long vacancies(int gateway, long now) {
                        return settings.capacity() - admitted[gateway];
                    }

                    @Override
                    boolean admit(int gateway, long now, IntConsumer each) {
                        return super.admit(
                                gateway,
                                now,
                                place -> {
                                    admitted[gateway]++;
                                    each.accept(place);
                                });
                    }
                };
            }
        },
        TICKS_FOR_EACH_GATEWAY {
            @Override
            SimulatedLine of(RoomSettings settings, long epoch, int most) {
                return new SimulatedLine(settings, epoch, most) {
                    private final long[] lastTick = new long[100];

                    @Override
                    boolean isDue(int gateway, long now) {
                        boolean isDue = now - lastTick[gateway] >= 1000;
                        lastTick[gateway] = isDue ? now : lastTick[gateway];
                        return isDue;
                    }
                };
            }
        },
        RESTORES_NOBODY {
            @Override
            SimulatedLine of(RoomSettings settings, long epoch, int most) {
                return new SimulatedLine(settings, epoch, most) {
                    @Override
                    void restore(int place, long insideUntil, long now) {}
                };
            }
        };

        abstract SimulatedLine of(RoomSettings settings, long epoch, int most);
    }

    @ParameterizedTest
    @EnumSource
    void isNoticed(Crooked line) {
        Audit audit = new Simulation(SMALL_SHARD, costs, line::of).run().audits().getFirst();

        assertThat(audit.faults(SMALL.batch())).isNotEmpty();
    }

    @Test
    void nothingIsFoundWhereNothingIsWrong() {
        Audit audit =
                new Simulation(SMALL_SHARD, costs, SimulatedLine::new).run().audits().getFirst();

        assertThat(audit.faults(SMALL.batch())).isEmpty();
        assertThat(audit.admitted()).isGreaterThan(8_000);
    }
}
