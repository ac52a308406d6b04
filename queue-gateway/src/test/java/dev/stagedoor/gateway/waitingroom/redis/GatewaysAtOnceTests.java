package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation.State;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.People;
import dev.stagedoor.gateway.waitingroom.redis.SharedRoom.Look;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** What holds however many gateways tick, and whatever people do meanwhile. */
class GatewaysAtOnceTests {

    private static final int PEOPLE = 32;
    private static final int CAPACITY = 10;
    private static final int PER_MINUTE = 30;
    private static final Duration WINDOW = Duration.ofSeconds(60);
    private static final Duration HELD = Duration.ofSeconds(35);
    private static final Duration OPEN = Duration.ofSeconds(185);

    private static final RoomSettings SETTINGS =
            Settings.of(
                    "mode",
                    "HOLD",
                    "capacity",
                    CAPACITY,
                    "batch",
                    4,
                    "per-minute",
                    PER_MINUTE,
                    "session",
                    "8s",
                    "claim-timeout",
                    "4s",
                    "idle-timeout",
                    "60s");

    /** Another kind of Redis keeps to the same contract. */
    ReactiveStringRedisTemplate client() {
        return TestRedis.ALONE.template();
    }

    /**
     * Four minutes of a room. It is held at first, so that those who have gathered come in late in
     * one minute and are followed by as many early in the next one.
     */
    @ParameterizedTest
    @CsvSource({"1, 11", "5, 13"})
    void keepOrderCapacityAndRateWhilePeopleComeAndGo(int gateways, long seed) throws Exception {
        try (SharedRoom room = new SharedRoom(gateways, this::client, SETTINGS)) {
            Crowd crowd = new Crowd(room);

            List<Look> looks = whileEverybodyDoesAsTheyLike(room, crowd, new Random(seed));

            assertThat(looks.size()).as("looks").isGreaterThan(200);
            assertThat(looks.stream().filter(look -> look.inside() > CAPACITY))
                    .as("more inside than there are places")
                    .isEmpty();
            assertThat(looks.stream().filter(look -> !look.isInOrder()))
                    .as("somebody inside who came after one who waits")
                    .isEmpty();
            assertThat(looks).extracting(Look::inside).contains((long) CAPACITY);
            List<Explanation> stories = crowd.stories();
            assertThat(stories).extracting(Explanation::state).doesNotContain(State.ABSENT);
            assertThat(ends(stories))
                    .containsExactlyInAnyOrder(
                            EndReason.LEFT,
                            EndReason.COMPLETED,
                            EndReason.EXPIRED,
                            EndReason.LAPSED);
            assertThat(room.view().totals()).containsEntry("joined", (long) stories.size());
            keepsTheRate(admissions(stories));
        }
    }

    private static Set<EndReason> ends(List<Explanation> stories) {
        return stories.stream()
                .map(Explanation::reason)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /** The times of all admissions in the order in which those who were let in had come. */
    private static void keepsTheRate(List<Long> admissions) {
        assertThat(admissions).as("let in by order of arrival").isSorted();
        for (int i = 0; i + PER_MINUTE < admissions.size(); i++) {
            assertThat(admissions.get(i + PER_MINUTE) - admissions.get(i))
                    .as("ms in which %d were let in from the %d. on", PER_MINUTE + 1, i)
                    .isGreaterThanOrEqualTo(WINDOW.toMillis());
        }
        assertThat(admissions).as("the rate comes back").hasSizeGreaterThan(2 * PER_MINUTE);
    }

    private static List<Look> whileEverybodyDoesAsTheyLike(
            SharedRoom room, Crowd crowd, Random random) throws Exception {
        Queue<Look> looks = new ConcurrentLinkedQueue<>();
        Semaphore looked = new Semaphore(0);
        AtomicBoolean over = new AtomicBoolean();
        List<Future<?>> doings = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < room.gateways(); i++) {
                int gateway = i;
                doings.add(threads.submit(() -> tick(room, gateway, looks, looked, over)));
            }
            for (int person = 0; person < PEOPLE; person++) {
                Random own = new Random(random.nextLong());
                doings.add(threads.submit(() -> crowd.live(own, over::get)));
            }
            try {
                passTime(room, HELD, random, looked);
                room.on(0, store -> Settings.change(store, Map.of("mode", "AUTO")));
                passTime(room, OPEN, random, looked);
            } finally {
                over.set(true);
            }
        }
        for (Future<?> doing : doings) {
            doing.get();
        }
        return List.copyOf(looks);
    }

    /**
     * Not before somebody has ticked and looked: time does not run away from those who live in it.
     */
    private static void passTime(SharedRoom room, Duration length, Random random, Semaphore looked)
            throws InterruptedException {
        long end = room.millis() + length.toMillis();
        while (room.millis() < end) {
            assertThat(looked.tryAcquire(20, TimeUnit.SECONDS)).as("somebody ticks").isTrue();
            looked.drainPermits();
            room.pass(Duration.ofMillis(1 + random.nextInt(900)));
        }
    }

    private static void tick(
            SharedRoom room, int gateway, Queue<Look> looks, Semaphore looked, AtomicBoolean over) {
        while (!over.get()) {
            CountDownLatch instant = room.instant();
            room.on(gateway, store -> store.patrol().then(store.admit(false)));
            looks.add(room.look(gateway));
            looked.release();
            SharedRoom.awaitEndOf(instant);
        }
    }

    private static List<Long> admissions(List<Explanation> stories) {
        return stories.stream()
                .filter(story -> story.admitted() != null)
                .sorted(Comparator.comparingLong(Explanation::sequence))
                .map(story -> story.admitted().toEpochMilli())
                .toList();
    }

    @Test
    void letTheNextOnesInOncePerInterval() {
        RoomSettings held = Settings.of("capacity", 1000, "batch", 13, "mode", "HOLD");
        try (SharedRoom room = new SharedRoom(5, this::client, held)) {
            List<People.InLine> line = join(room, 400);
            room.on(0, store -> Settings.change(store, Map.of("mode", "AUTO")));

            for (int round = 1; round <= 32; round++) {
                room.pass(Duration.ofSeconds(1));
                Flux.fromIterable(room.stores())
                        .flatMap(store -> store.admit(false).repeat(2), 5)
                        .blockLast();

                assertThat(inLine(room))
                        .as("those behind the front of the line, round %d", round)
                        .isEqualTo(line.subList(Math.min(line.size(), 13 * round), line.size()));
            }
        }
    }

    private static List<People.InLine> join(SharedRoom room, int people) {
        Flux.range(0, people).flatMap(i -> joinOn(room, i, UserId.random()), 100).blockLast();
        return inLine(room);
    }

    private static Mono<Ticket> joinOn(SharedRoom room, int gateway, UserId user) {
        return room.stores()
                .get(gateway % room.gateways())
                .join(TestRedis.comers(List.of(user)), 0, Clock.NEVER)
                .map(joined -> ((Joined.Placed) joined.getFirst()).ticket());
    }

    private static List<People.InLine> inLine(SharedRoom room) {
        return room.on(0, store -> store.forOperators().people(1_000)).waiting();
    }

    @Test
    void giveOnePlaceToOneUserHoweverManyJoinsAtOnce() {
        RoomSettings held = Settings.of("capacity", 1, "mode", "HOLD");
        try (SharedRoom room = new SharedRoom(5, this::client, held)) {
            UserId user = UserId.random();

            List<Ticket> tickets =
                    Flux.range(0, 1000)
                            .flatMap(i -> joinOn(room, i, user), 100)
                            .collectList()
                            .block();

            assertThat(tickets).hasSize(1000).containsOnly(tickets.getFirst());
            assertThat(room.view().waiting()).isEqualTo(1);
        }
    }
}
