package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A Redis that is filled to the brim by those who join, or writes nothing. */
class FullRedisTests {

    private static final int ROOM_FOR_BYTES = 3_000_000;

    private final EmbeddedRedis redis = EmbeddedRedis.start("--maxmemory-policy", "noeviction");
    private final Clock clock = new Clock();
    private final LineStore room =
            TestRedis.line(TestRedis.room(), TestRedis.template(redis.url()), clock);

    @AfterEach
    void stop() {
        redis.close();
    }

    @Test
    void healsAsPeopleLeaveOrLapse() {
        room.seed(
                        Settings.of("capacity", 10, "idle-timeout", "60s"),
                        Duration.ZERO,
                        Optional.empty())
                .block();
        room.admit(false).block();
        redis.ask("CONFIG SET maxmemory " + (usedBytes() + ROOM_FOR_BYTES));

        List<Ticket> line = fill();
        assertThat(line).hasSizeGreaterThan(10_000);
        line.subList(0, 10).forEach(ticket -> room.end(ticket, EndReason.COMPLETED).block());
        assertThat(tick().totals()).containsEntry("admitted", 20L).containsEntry("completed", 10L);

        Flux.fromIterable(line.subList(20, 8_020))
                .flatMap(ticket -> room.end(ticket, EndReason.LEFT), 32)
                .blockLast();
        assertThat(fill().size()).as("who found room again").isGreaterThan(4_000);

        for (int i = 0; i < 90; i++) {
            tick();
        }
        assertThat(fill())
                .as("who found room when all others had lapsed")
                .hasSizeGreaterThan(3_000);
    }

    /** After a loss many come with such tickets at once. */
    @Test
    void whoIsThereIsToldSoThoughItTakesInNobodyOfThoseWhoAskTogetherWithThem() {
        room.seed(Settings.of("capacity", 1), Duration.ZERO, Optional.empty()).block();
        List<Ticket> line = join(3);
        Ticket isNotThere =
                new Ticket(line.get(0).room(), UserId.random(), newestSequence() + 1, 1);
        redis.ask("CONFIG SET maxmemory 1");

        List<Restorable> shown =
                Stream.of(line.get(1), isNotThere, line.get(2))
                        .map(ticket -> new Restorable(ticket, Optional.empty()))
                        .toList();

        assertThat(room.restore(shown, Life.ANY).block())
                .extracting(Optional::isPresent)
                .containsExactly(true, false, true);
    }

    private long newestSequence() {
        return TestRedis.viewOf(room.view(false).block()).line().newest();
    }

    private List<Ticket> join(int people) {
        List<UserId> users = Stream.generate(UserId::random).limit(people).toList();
        return room.join(TestRedis.comers(users), 1, Clock.NEVER).block().stream()
                .map(joined -> ((Joined.Placed) joined).ticket())
                .toList();
    }

    @Test
    void tellsHowTheRoomStandsWhileItWritesNothing() {
        room.seed(Settings.of("capacity", 10), Duration.ZERO, Optional.empty()).block();
        room.join(TestRedis.comers(List.of(UserId.random())), 1, Clock.NEVER).block();
        assertThat(tick().totals()).containsEntry("admitted", 1L);

        redis.ask("CONFIG SET min-replicas-to-write 1");
        clock.pass(Duration.ofSeconds(62)); // what was admitted counts no longer for per-minute

        RoomView view = TestRedis.viewOf(room.view(false).block());
        assertThat(view.totals()).containsEntry("admitted", 1L);
        assertThat(view.admittedLastMinute()).isZero();
    }

    /** Until nobody gets in any more. */
    private List<Ticket> fill() {
        List<Ticket> line = new ArrayList<>();
        List<Ticket> placed;
        do {
            List<UserId> users = Stream.generate(UserId::random).limit(50).toList();
            placed =
                    room
                            .join(
                                    TestRedis.comers(users),
                                    1,
                                    Instant.ofEpochMilli(clock.millis() + 9_000))
                            .block()
                            .stream()
                            .filter(Joined.Placed.class::isInstance)
                            .map(joined -> ((Joined.Placed) joined).ticket())
                            .toList();
            line.addAll(placed);
        } while (!placed.isEmpty());
        return line;
    }

    private RoomView tick() {
        clock.pass(Duration.ofSeconds(1));
        room.patrol().block();
        return TestRedis.viewOf(room.admit(false).block());
    }

    private long usedBytes() {
        String known = redis.ask("INFO memory");
        return known.lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line -> Long.parseLong(line.substring(12).strip()))
                .findFirst()
                .orElseThrow();
    }
}
