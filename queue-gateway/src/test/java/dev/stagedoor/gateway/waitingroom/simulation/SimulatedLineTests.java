package dev.stagedoor.gateway.waitingroom.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The line of the simulation beside the scripts on a real Redis: the same acts, the same result.
 */
class SimulatedLineTests {

    private static final ReactiveStringRedisTemplate REDIS = TestRedis.ALONE.template();
    private static final int STEPS = 160;
    private static final RoomSettings SETTINGS =
            Settings.of(
                    "batch",
                    40,
                    "capacity",
                    90,
                    "per-minute",
                    900,
                    "session",
                    "8s",
                    "claim-timeout",
                    "5s",
                    "idle-timeout",
                    "70s",
                    "max-waiting",
                    0);

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();
    private final LineStore real = TestRedis.line(id, REDIS, clock);
    private final SimulatedLine simulated = new SimulatedLine(SETTINGS, clock.millis(), 20_000);
    private final List<Ticket> people = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void doesWhatTheScriptsDo(long seed) {
        Random random = new Random(seed);
        real.seed(SETTINGS, Duration.ZERO, Optional.empty()).block();

        for (int step = 0; step < STEPS; step++) {
            if (step == STEPS / 2) {
                loseTheNewestWrites(random);
            } else {
                act(random);
            }
            assertThat(look(simulated.view(clock.millis(), null)))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(look(TestRedis.viewOf(real.view(true).block())));
        }
        assertThat(simulated.view(clock.millis(), null).line().cursor())
                .as("somebody has gone in")
                .isGreaterThan(people.getFirst().sequence());
    }

    private void act(Random random) {
        switch (random.nextInt(8)) {
            case 0, 1 -> join(1 + random.nextInt(random.nextInt(10) == 0 ? 400 : 40));
            case 2 -> touch(random);
            case 3 -> real.patrol().then(Mono.fromRunnable(() -> simulated.patrol(now()))).block();
            case 4 -> look(random);
            case 5 -> end(random);
            default -> tick(random);
        }
    }

    private void join(int number) {
        List<UserId> users = Stream.generate(UserId::random).limit(number).toList();
        for (Joined joined : real.join(TestRedis.comers(users), now(), Clock.NEVER).block()) {
            Joined.Placed placed = (Joined.Placed) joined;
            int place = simulated.join(0, now());
            people.add(placed.ticket());

            assertThat(simulated.sequence(place)).isEqualTo(placed.ticket().sequence());
            assertThat(simulated.standing(place))
                    .isEqualTo(
                            placed.standing() instanceof Standing.Active
                                    ? SimulatedLine.ACTIVE
                                    : SimulatedLine.WAITING);
        }
    }

    private void touch(Random random) {
        for (int i = 0; i < 20 && !people.isEmpty(); i++) {
            int place = random.nextInt(people.size());
            boolean inside = simulated.standing(place) == SimulatedLine.ACTIVE;

            assertThat(simulated.touch(place, inside, now()))
                    .isEqualTo(touched(new Sign(people.get(place), inside)));
        }
    }

    private long touched(Sign sign) {
        return real.touch(List.of(sign), Life.ANY).block().getFirst();
    }

    private void tick(Random random) {
        clock.pass(Duration.ofMillis(random.nextInt(12) == 0 ? 20_000 : random.nextInt(1_500)));
        real.admit(false).block();
        simulated.admit(0, now(), _ -> {});
    }

    private void look(Random random) {
        for (int i = 0; i < 8 && !people.isEmpty(); i++) {
            int place = random.nextInt(people.size());
            Standing standing = TestRedis.standing(real, people.get(place), Life.ANY).block();

            switch (standing) {
                case Standing.Active(Instant until) ->
                        assertThat(simulated.until(place)).isEqualTo(until.toEpochMilli());
                case Standing.Waiting(long ahead) ->
                        assertThat(simulated.rank(place)).isEqualTo(ahead);
                case Standing.Ended _ ->
                        assertThat(simulated.standing(place)).isNotEqualTo(SimulatedLine.WAITING);
            }
        }
    }

    private void end(Random random) {
        for (int i = 0; i < 5 && !people.isEmpty(); i++) {
            int place = random.nextInt(people.size());
            real.end(people.get(place), EndReason.LEFT).block();
            if (simulated.standing(place) != SimulatedLine.ABSENT) {
                simulated.end(place);
            }
        }
    }

    /** A replica takes over that is behind by some acts; then people are restored, and some not. */
    private void loseTheNewestWrites(Random random) {
        String room = "wr:{" + id + "}:";
        REDIS.keys(room + "*").flatMap(key -> REDIS.copy(key, "copy:" + key, true)).blockLast();
        SimulatedLine replica = simulated.copy();
        join(60);
        tick(random);
        join(30);

        REDIS.keys(room + "*").flatMap(REDIS::delete).blockLast();
        REDIS.keys("copy:" + room + "*")
                .flatMap(key -> REDIS.rename(key, key.substring("copy:".length())))
                .blockLast();
        REDIS.opsForHash().put(room + "state", "server", "one-that-died").block();
        simulated.isTakenOverBy(replica, now());
        real.view(false).block();
        assertThat(simulated.view(now(), null).restoring()).isTrue();
        for (int place = people.size() - 200; place < people.size(); place += 2) {
            if (simulated.standing(place) == SimulatedLine.ABSENT
                    || simulated.standing(place) == SimulatedLine.WAITING) {
                long until = random.nextInt(4) == 0 ? now() + 4_000 : 0;
                restore(place, until);
            }
        }
    }

    private void restore(int place, long until) {
        Optional<Instant> known =
                Optional.of(until).filter(it -> it > 0).map(Instant::ofEpochMilli);
        real.restore(List.of(new Restorable(people.get(place), known)), Life.ANY).block();
        simulated.restore(place, until, now());
    }

    private long now() {
        return clock.millis();
    }

    /** All that a view tells of those who wait, and where it places everybody. */
    private List<Object> look(RoomView view) {
        List<Object> told =
                new ArrayList<>(
                        List.of(
                                view.life(),
                                view.waiting(),
                                view.active(),
                                view.admittedLastMinute(),
                                view.line().newest(),
                                view.loss(),
                                view.taken().nextTick()));
        people.forEach(ticket -> told.add(view.ahead(ticket.sequence())));
        people.forEach(ticket -> told.add(view.seen(ticket.sequence())));
        return told;
    }
}
