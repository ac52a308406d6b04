package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.PollInterval;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.People;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Long random histories, step by step against a plain model; more by {@code -Dscale=true}. */
class RoomHistoryTests {

    private final ReactiveStringRedisTemplate redis = client();

    /** Another kind of Redis keeps to the same contract. */
    ReactiveStringRedisTemplate client() {
        return TestRedis.ALONE.template();
    }

    int steps() {
        return 1_000;
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Boolean.getBoolean("scale") ? 10 : 4);
    }

    @AfterEach
    void closeTheClient() throws Exception {
        ((DisposableBean) redis.getConnectionFactory()).destroy();
    }

    private static final int CAPACITY = 7;
    private static final int BATCH = 3;
    private static final int PER_MINUTE = 40;
    private static final long SESSION = 30_000;
    private static final long CLAIM = 10_000;
    private static final long IDLE = 60_000;
    private static final long FIRST_SIGN = PollInterval.FIRST_SIGN_WITHIN.toMillis();

    private static final RoomSettings SETTINGS =
            Settings.of(
                    "capacity",
                    CAPACITY,
                    "batch",
                    BATCH,
                    "per-minute",
                    PER_MINUTE,
                    "session",
                    SESSION + "ms",
                    "claim-timeout",
                    CLAIM + "ms",
                    "idle-timeout",
                    IDLE + "ms");

    /** What a room should do, written as simply as it can be. */
    private static final class Model {

        private final Map<UserId, Long> waiting = new LinkedHashMap<>(); // user → lapses at
        private final Map<UserId, Long> active = new HashMap<>(); // user → end
        private final Deque<Long> admissions = new ArrayDeque<>();
        private long lastTick;
        private long nextTick;
        private long firstOfSecond;

        void join(UserId user, long now) {
            boolean inside = active.getOrDefault(user, 0L) > now;
            if (inside || waiting.containsKey(user)) {
                return;
            }
            active.remove(user);
            if (firstOfSecond / 1000 < now / 1000) {
                firstOfSecond = now;
            }
            if (waiting.isEmpty() && vacancies(now) > 0) {
                admit(user, now);
            } else {
                waiting.put(user, firstOfSecond + FIRST_SIGN + 1_000);
            }
        }

        void tick(long now) {
            waiting.values().removeIf(end -> end <= now);
            long interval = SETTINGS.interval().toMillis();
            if (now - lastTick < interval
                    && (now < nextTick || now - lastTick < interval * 9 / 10)) {
                return;
            }
            nextTick = Math.clamp(nextTick + interval, now + interval * 9 / 10, now + interval);
            lastTick = now;
            active.values().removeIf(end -> end <= now);
            long places = Math.min(BATCH, vacancies(now));
            for (UserId user : List.copyOf(waiting.keySet()).stream().limit(places).toList()) {
                waiting.remove(user);
                admit(user, now);
            }
        }

        void see(UserId user, long now) {
            waiting.computeIfPresent(user, (_, _) -> (now + 999) / 1000 * 1000 + IDLE);
        }

        void use(UserId user, long now) {
            active.computeIfPresent(
                    user, (_, end) -> end > now ? Math.max(end, now + SESSION) : end);
        }

        void leave(UserId user) {
            waiting.remove(user);
            active.remove(user);
        }

        private void admit(UserId user, long now) {
            active.put(user, now + CLAIM);
            admissions.add(now);
        }

        /** The second that began 60 s ago counts whole. */
        private long vacancies(long now) {
            admissions.removeIf(at -> at / 1000 < now / 1000 - 60);
            return Math.min(CAPACITY - active.size(), PER_MINUTE - admissions.size());
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void doesWhatThePlainModelDoes(long seed) {
        Random random = new Random(seed);
        Clock clock = new Clock();
        LineStore room = TestRedis.line(TestRedis.room(), redis, clock);
        room.seed(SETTINGS, Duration.ZERO, Optional.empty()).block();
        Model model = new Model();
        Map<UserId, Ticket> tickets = new HashMap<>();
        List<UserId> people = IntStream.range(0, 40).mapToObj(_ -> UserId.random()).toList();

        for (int step = 0; step < steps(); step++) {
            long now = clock.millis();
            UserId user = people.get(random.nextInt(people.size()));
            Ticket ticket = tickets.get(user);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    List<UserId> users = List.of(user, people.get(random.nextInt(people.size())));
                    for (Joined joined :
                            room.join(TestRedis.comers(users), 0, Clock.NEVER).block()) {
                        Ticket given = ((Joined.Placed) joined).ticket();
                        tickets.put(given.user(), given);
                    }
                    users.forEach(one -> model.join(one, now));
                }
                case 3, 4 -> {
                    if (ticket != null) {
                        room.touch(List.of(new Sign(ticket, false)), Life.ANY).block();
                        model.see(user, now);
                    }
                }
                case 5 -> {
                    if (ticket != null) {
                        room.touch(List.of(new Sign(ticket, true)), Life.ANY).block();
                        model.use(user, now);
                    }
                }
                case 6 -> {
                    if (ticket != null) {
                        boolean left = random.nextBoolean();
                        room.end(ticket, left ? EndReason.LEFT : EndReason.COMPLETED).block();
                        model.leave(user);
                    }
                }
                default -> {
                    clock.pass(Duration.ofMillis(random.nextInt(2_500)));
                    room.patrol().block();
                    room.admit(false).block();
                    model.tick(clock.millis());
                }
            }
            People there = room.forOperators().people(people.size()).block();
            assertThat(there.waiting())
                    .as("the line, seed %d, step %d", seed, step)
                    .extracting(People.InLine::user)
                    .containsExactlyElementsOf(
                            model.waiting.keySet().stream().map(UserId::toString).toList());
            assertThat(there.active())
                    .as("those inside, seed %d, step %d", seed, step)
                    .extracting(
                            People.Inside::user, inside -> inside.sessionEndsAt().toEpochMilli())
                    .containsExactlyInAnyOrderElementsOf(
                            model.active.entrySet().stream()
                                    .map(
                                            inside ->
                                                    tuple(
                                                            inside.getKey().toString(),
                                                            inside.getValue()))
                                    .toList());
            if (step % 50 == 0) {
                assertThat(standings(room, tickets))
                        .as("what they are told, seed %d, step %d", seed, step)
                        .isEqualTo(expected(model, tickets, clock.millis()));
            }
        }
    }

    private static Map<UserId, String> standings(LineStore room, Map<UserId, Ticket> tickets) {
        return Flux.fromIterable(tickets.values())
                .flatMapSequential(
                        ticket ->
                                TestRedis.standing(room, ticket, Life.ANY)
                                        .map(s -> Map.entry(ticket.user(), word(s))),
                        64)
                .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                .block();
    }

    private static Map<UserId, String> expected(
            Model model, Map<UserId, Ticket> tickets, long now) {
        List<UserId> line = List.copyOf(model.waiting.keySet());
        Map<UserId, String> expected = new HashMap<>();
        for (UserId user : tickets.keySet()) {
            long end = model.active.getOrDefault(user, 0L);
            int place = line.indexOf(user);
            expected.put(
                    user,
                    end > now ? "active until " + end : place >= 0 ? "waiting " + place : "ended");
        }
        return expected;
    }

    private static String word(Standing standing) {
        return switch (standing) {
            case Standing.Active(var until) -> "active until " + until.toEpochMilli();
            case Standing.Waiting(long ahead) -> "waiting " + ahead;
            case Standing.Ended _ -> "ended";
        };
    }
}
