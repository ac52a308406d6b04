package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.PollInterval;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.publisher.Flux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A room whose gateways are replaced one by one, live. Those of before keep signs of life in one
 * sorted set, {@code seen}; their scripts stand in {@code /waitingroom-before}.
 */
@SuppressWarnings("rawtypes")
class UpgradeTests {

    private static final long FIRST_SIGN = PollInterval.FIRST_SIGN_WITHIN.toMillis();

    private static ReactiveStringRedisTemplate redis;

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();
    private final LineStore room = TestRedis.line(id, redis, clock);
    private final Former former = new Former();

    @BeforeAll
    static void connect() {
        redis = TestRedis.ALONE.template();
    }

    @AfterAll
    static void disconnect() throws Exception {
        ((DisposableBean) redis.getConnectionFactory()).destroy();
    }

    /** A gateway of before. */
    private final class Former {

        private final RedisScript<List> join = script("room", "join");
        private final RedisScript<List> touch = script("room", "touch");
        private final RedisScript<List> admit = script("room", "admit", "view");

        Ticket join() {
            String user = UserId.random().toString();
            List<?> reply =
                    run(join, Long.toString(Long.MAX_VALUE), Long.toString(FIRST_SIGN), user);
            assertThat(reply.get(1)).isEqualTo("waiting");
            return new Ticket(
                    id, UserId.parse(user).orElseThrow(), Long.parseLong((String) reply.get(2)), 0);
        }

        void see(Ticket ticket) {
            run(touch, ticket.user().toString(), Long.toString(ticket.sequence()), "waiting");
        }

        void tick() {
            run(admit, "0");
        }

        private List<?> run(RedisScript<List> script, String... arguments) {
            List<String> keys = new Keys(id).forScripts().subList(0, 16);
            List<String> all =
                    Stream.concat(Stream.of(clock.get() + " "), Stream.of(arguments)).toList();
            return redis.execute(script, keys, all).blockFirst();
        }

        private static RedisScript<List> script(String... files) {
            StringBuilder text = new StringBuilder();
            for (String file : files) {
                String path = "/waitingroom-before/" + file + ".lua";
                try (var in = UpgradeTests.class.getResourceAsStream(path)) {
                    text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
            return RedisScript.of(text.toString(), List.class);
        }
    }

    /** Whichever gateway takes the join, hears the signs, and lets in. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nobodyLosesThePlaceWhileBothKindsOfGatewaysServeIt(long seed) {
        Random random = new Random(seed);
        make("mode", "HOLD", "idle-timeout", "60s", "batch", 4, "capacity", 100);
        former.tick();
        List<Ticket> line = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            line.add(random.nextBoolean() ? former.join() : join());
        }
        for (int second = 0; second < 150; second++) {
            if (second % 25 == 0) {
                line.forEach(ticket -> see(ticket, random.nextBoolean()));
            }
            tick(random.nextBoolean());
        }
        Settings.change(room, Map.of("mode", "AUTO")).block();
        for (int i = 1; i <= 10; i++) {
            tick(random.nextBoolean());
            assertThat(standings(line.subList(0, 4 * i)))
                    .hasOnlyElementsOfType(Standing.Active.class);
            assertThat(standings(line.subList(4 * i, 40)))
                    .hasOnlyElementsOfType(Standing.Waiting.class);
        }
        assertThat(view().totals()).containsEntry("lapsed", 0L).containsEntry("admitted", 40L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoIsSilentLapsesWhoeverTookTheJoin(boolean joinedAtFormer) {
        make("mode", "HOLD", "idle-timeout", "60s");
        former.tick();
        Ticket stranger = joinedAtFormer ? former.join() : join();
        Ticket silent = joinedAtFormer ? former.join() : join();
        Ticket present = joinedAtFormer ? former.join() : join();
        see(silent, joinedAtFormer);
        for (int second = 0; second < 48; second++) {
            see(present, second % 2 == 0);
            tick(second % 2 == 0);
        }
        assertThat(standings(List.of(stranger, silent, present)))
                .hasOnlyElementsOfType(Standing.Waiting.class);
        for (int second = 0; second < 14; second++) {
            see(present, second % 2 == 0);
            tick(second % 2 == 0);
        }
        assertThat(standings(List.of(stranger, silent)))
                .containsOnly(new Standing.Ended(EndReason.LAPSED));
        assertThat(standings(List.of(present))).hasOnlyElementsOfType(Standing.Waiting.class);
    }

    @Test
    void theirSignsAreTakenOverAMinuteAfterTheLastOfThemHasTicked() {
        make("mode", "HOLD", "idle-timeout", "5m");
        former.tick();
        List<Ticket> line = new ArrayList<>();
        for (int i = 0; i < 1_200; i++) {
            line.add(former.join());
        }
        line.forEach(former::see);
        List<Ticket> later = List.of(join(), join());
        later.forEach(former::see);
        former.tick();

        ticks(59);
        assertThat(isThere("seen")).isTrue();
        ticks(2);
        assertThat(isThere("seen")).isFalse();
        assertThat(redis.opsForZSet().size("wr:{" + id + "}:quiet").block()).isGreaterThan(10);

        line.subList(0, 600).forEach(ticket -> see(ticket, false));
        ticks(238);
        assertThat(view().waiting())
                .as("as long as idle-timeout from the last sign")
                .isEqualTo(1_202);
        ticks(2);
        assertThat(view().waiting()).isEqualTo(600);
        assertThat(standings(line.subList(600, 1_200)))
                .containsOnly(new Standing.Ended(EndReason.LAPSED));
    }

    @Test
    void aRoomOfItsOwnKeepsNothingForThem() {
        make("mode", "HOLD");
        Ticket ticket = join();
        see(ticket, false);
        ticks(1);

        assertThat(isThere("seen")).isFalse();
    }

    private void make(Object... settings) {
        room.seed(Settings.of(settings), Duration.ZERO, Optional.empty()).block();
    }

    private Ticket join() {
        Joined joined =
                room.join(TestRedis.comers(List.of(UserId.random())), 0, Clock.NEVER)
                        .block()
                        .getFirst();
        return ((Joined.Placed) joined).ticket();
    }

    private void see(Ticket ticket, boolean atFormer) {
        if (atFormer) {
            former.see(ticket);
        } else {
            room.touch(List.of(new Sign(ticket, false)), Life.ANY).block();
        }
    }

    /** By either kind first; the other one looks in too, and comes too early. */
    private void tick(boolean formerFirst) {
        clock.pass(Duration.ofSeconds(1));
        if (formerFirst) {
            former.tick();
        }
        room.patrol().then(room.admit(false)).block();
        if (!formerFirst) {
            former.tick();
        }
    }

    private void ticks(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.pass(Duration.ofSeconds(1));
            room.patrol().then(room.admit(false)).block();
        }
    }

    private boolean isThere(String key) {
        return redis.hasKey("wr:{" + id + "}:" + key).block();
    }

    private List<Standing> standings(List<Ticket> tickets) {
        return Flux.fromIterable(tickets)
                .concatMap(ticket -> TestRedis.standing(room, ticket, Life.ANY))
                .collectList()
                .block();
    }

    private RoomView view() {
        return TestRedis.viewOf(room.view(false).block());
    }
}
