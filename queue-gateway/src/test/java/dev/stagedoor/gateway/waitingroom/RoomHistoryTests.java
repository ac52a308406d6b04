package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.RoomStore.Sign;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** Long random histories: against a plain model step by step, and with several gateways at once. */
class RoomHistoryTests {

    private final ReactiveStringRedisTemplate redis = client();

    /** Another kind of Redis keeps to the same contract. */
    ReactiveStringRedisTemplate client() {
        return TestRedis.ALONE.template();
    }

    int steps() {
        return 1_500;
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

        private final Map<UserId, Long> waiting = new LinkedHashMap<>(); // user → last sign of life
        private final Map<UserId, Long> active = new HashMap<>(); // user → end
        private final Deque<Long> admissions = new ArrayDeque<>();
        private long lastTick;

        void join(UserId user, long now) {
            boolean inside = active.getOrDefault(user, 0L) > now;
            if (inside || waiting.containsKey(user)) {
                return;
            }
            active.remove(user);
            if (waiting.isEmpty() && vacancies(now) > 0) {
                admit(user, now);
            } else {
                waiting.put(user, now);
            }
        }

        void tick(long now) {
            if (now - lastTick < SETTINGS.interval().toMillis()) {
                return;
            }
            lastTick = now;
            active.values().removeIf(end -> end <= now);
            waiting.values().removeIf(seen -> seen <= now - IDLE);
            long places = Math.min(BATCH, vacancies(now));
            for (UserId user : List.copyOf(waiting.keySet()).stream().limit(places).toList()) {
                waiting.remove(user);
                admit(user, now);
            }
        }

        void see(UserId user, long now) {
            waiting.computeIfPresent(user, (_, _) -> now);
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
    @ValueSource(longs = {1, 2})
    void doesWhatThePlainModelDoes(long seed) {
        Random random = new Random(seed);
        Clock clock = new Clock();
        RoomStore room = new RoomStore(TestRedis.room(), redis, TestRedis.noOutage(), clock);
        room.seed(SETTINGS, Duration.ZERO).block();
        Model model = new Model();
        Map<UserId, Ticket> tickets = new HashMap<>();
        List<UserId> people = IntStream.range(0, 40).mapToObj(_ -> UserId.random()).toList();

        for (int step = 0; step < steps(); step++) {
            long now = clock.millis();
            UserId user = people.get(random.nextInt(people.size()));
            Ticket ticket = tickets.get(user);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    Joined.Placed placed =
                            (Joined.Placed)
                                    room.join(List.of(user), 0, Clock.NEVER).block().getFirst();
                    tickets.put(user, placed.ticket());
                    model.join(user, now);
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
                        room.end(
                                        ticket,
                                        random.nextBoolean() ? EndReason.LEFT : EndReason.COMPLETED)
                                .block();
                        model.leave(user);
                    }
                }
                default -> {
                    clock.pass(Duration.ofMillis(random.nextInt(2_500)));
                    room.admit(false).block();
                    model.tick(clock.millis());
                }
            }
            assertThat(standings(room, tickets))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(expected(model, tickets, clock.millis()));
        }
    }

    private static Map<UserId, String> standings(RoomStore room, Map<UserId, Ticket> tickets) {
        return Flux.fromIterable(tickets.values())
                .flatMapSequential(
                        ticket ->
                                room.check(ticket, Life.ANY)
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

    /** Real time, real concurrency: joins, uses, leaves and ticks from every gateway at once. */
    @ParameterizedTest
    @CsvSource({"1, 11", "2, 12", "5, 13"})
    void neverBreaksACapOrTheOrderHoweverManyGatewaysTick(int gateways, long seed)
            throws Exception {
        RoomId id = TestRedis.room();
        RoomSettings settings =
                Settings.of(
                        "capacity",
                        20,
                        "batch",
                        7,
                        "interval",
                        "100ms",
                        "per-minute",
                        150,
                        "session",
                        "2s",
                        "claim-timeout",
                        "1s");
        List<RoomStore> stores =
                IntStream.range(0, gateways)
                        .mapToObj(_ -> new RoomStore(id, client(), TestRedis.noOutage(), () -> ""))
                        .toList();
        stores.getFirst().seed(settings, Duration.ZERO).block();
        AtomicBoolean running = new AtomicBoolean(true);
        List<Long> admittedTotals = Collections.synchronizedList(new ArrayList<>());
        List<Long> mostInside = Collections.synchronizedList(new ArrayList<>());
        List<Thread> tickers = new ArrayList<>();
        for (RoomStore store : stores) {
            tickers.add(
                    Thread.startVirtualThread(
                            () -> {
                                while (running.get()) {
                                    RoomView view = Replies.view(store.admit(false).block(), null);
                                    mostInside.add(view.active());
                                    admittedTotals.add(view.totals().get("admitted"));
                                }
                            }));
        }
        Random random = new Random(seed);

        Flux.range(0, 600)
                .flatMap(
                        _ ->
                                stores.get(random.nextInt(gateways))
                                        .join(List.of(UserId.random()), 0, Clock.NEVER)
                                        .map(joined -> (Joined.Placed) joined.getFirst())
                                        .flatMap(placed -> live(stores, placed.ticket())),
                        300)
                .blockLast(Duration.ofSeconds(60));
        running.set(false);
        for (Thread ticker : tickers) {
            ticker.join();
        }

        assertThat(mostInside).allMatch(inside -> inside <= 20);
        assertThat(admittedTotals.stream().mapToLong(Long::longValue).max().orElseThrow())
                .as("the whole run is shorter than a minute")
                .isLessThanOrEqualTo(150)
                .isGreaterThan(100);
    }

    /** Waits a little; whoever is let in uses the turn once and leaves. */
    private static Mono<Void> live(List<RoomStore> stores, Ticket ticket) {
        RoomStore store = stores.get((int) (ticket.sequence() % stores.size()));
        return Mono.delay(Duration.ofMillis(50))
                .then(Mono.defer(() -> store.check(ticket, Life.ANY)))
                .repeat(40)
                .takeUntil(standing -> standing instanceof Standing.Active)
                .last()
                .flatMap(
                        standing ->
                                standing instanceof Standing.Active
                                        ? store.end(ticket, EndReason.COMPLETED).then()
                                        : Mono.<Void>empty());
    }

    /** Nobody who waits is overtaken: the admitted always form the front of the line. */
    @Test
    void letsEverybodyWhoWaitsInByOrderOfArrivalWithFiveGatewaysTicking() {
        RoomId id = TestRedis.room();
        Clock clock = new Clock();
        List<RoomStore> stores =
                IntStream.range(0, 5)
                        .mapToObj(_ -> new RoomStore(id, redis, TestRedis.noOutage(), clock))
                        .toList();
        stores.getFirst()
                .seed(Settings.of("capacity", 1000, "batch", 13, "mode", "HOLD"), Duration.ZERO)
                .block();
        List<Ticket> line =
                Flux.range(0, 400)
                        .flatMap(
                                i ->
                                        stores.get(i % 5)
                                                .join(List.of(UserId.random()), 0, Clock.NEVER),
                                100)
                        .map(joined -> ((Joined.Placed) joined.getFirst()).ticket())
                        .sort((a, b) -> Long.compare(a.sequence(), b.sequence()))
                        .collectList()
                        .block();
        stores.getFirst().change(Map.of("mode", "AUTO")).block();

        for (int round = 1; round <= 30; round++) {
            clock.pass(Duration.ofSeconds(1));
            Flux.fromIterable(stores)
                    .flatMap(s -> s.admit(false).subscribeOn(Schedulers.parallel()), 5)
                    .blockLast();

            List<Boolean> inside =
                    Flux.fromIterable(line)
                            .flatMapSequential(
                                    ticket -> stores.getFirst().check(ticket, Life.ANY), 64)
                            .map(Standing.Active.class::isInstance)
                            .collectList()
                            .block();
            int admitted = Math.min(line.size(), 13 * round);
            assertThat(inside.subList(0, admitted))
                    .as("the front of the line, round %d", round)
                    .doesNotContain(false);
            assertThat(inside.subList(admitted, line.size()))
                    .as("those behind")
                    .doesNotContain(true);
        }
    }

    @Test
    void givesOnePlaceToOneUserHoweverManyJoinsAtOnce() {
        RoomId id = TestRedis.room();
        RoomStore room = new RoomStore(id, redis, TestRedis.noOutage(), () -> "");
        room.seed(Settings.of("capacity", 1, "mode", "HOLD"), Duration.ZERO).block();
        UserId user = UserId.random();

        List<Ticket> tickets =
                Flux.range(0, 1000)
                        .flatMap(
                                _ ->
                                        room.join(List.of(user), 0, Clock.NEVER)
                                                .subscribeOn(Schedulers.parallel()),
                                100)
                        .map(joined -> ((Joined.Placed) joined.getFirst()).ticket())
                        .collectList()
                        .block();

        assertThat(tickets).hasSize(1000).containsOnly(tickets.getFirst());
        assertThat(Replies.view(room.view(false).block(), null).waiting()).isEqualTo(1);
    }
}
