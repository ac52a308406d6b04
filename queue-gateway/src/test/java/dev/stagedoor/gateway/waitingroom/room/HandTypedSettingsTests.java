package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What operators type into the room's hash by hand; the scripts use only what can be. */
class HandTypedSettingsTests {

    private static final ReactiveStringRedisTemplate REDIS = TestRedis.ALONE.template();
    private static final RoomSettings SETTINGS =
            Settings.of("capacity", 2, "claim-timeout", "30s", "session", "4m", "batch", 1);

    private final Clock clock = new Clock();
    private final RoomId id = TestRedis.room();
    private Room room = gateway();

    private Room gateway() {
        Recovery recovery = new Recovery(Duration.ofMinutes(1), false);
        Lines lines = new Lines(REDIS, clock, TestRedis.PATIENCE);
        return TestRooms.room(lines, id, SETTINGS, recovery);
    }

    @BeforeEach
    void fourHaveCome() {
        tick();
        IntStream.range(0, 4).forEach(_ -> room.join(UserId.random(), Runnable::run).block());
    }

    @ParameterizedTest
    @CsvSource({
        "mode,hold,mode",
        "mode,'AUTO HOLD',mode",
        "interval-ms,500ms,interval-ms",
        "interval-ms,1,interval",
        "capacity,inf,capacity",
        "capacity,nan,capacity",
        "capacity,1e9,capacity",
        "capacity,0x10,capacity",
        "capacity,0000000000000003,capacity",
        "capacity,0,capacity",
        "capacity,'',capacity",
        "batch,99999,batch",
        "per-minute,-1,per-minute",
        "session-sliding,yes,session-sliding",
        "claim-timeout-ms,86400000,claim-timeout",
        "session-ms,20000,claim-timeout",
        "max-waiting,1.5,max-waiting",
        "paths,/{gala,paths",
        "on-redis-down,maybe,on-redis-down"
    })
    void whatCannotBeIsSaidAndNotUsed(String field, String value, String refused) {
        byHand(field, value);
        byHand("capacity".equals(field) ? "batch" : "capacity", "3"); // of the rest nothing is lost

        tick();
        for (Room each : List.of(room, gateway())) {
            RoomView view = each.upkeep().tick().block();
            assertThat(view.slip()).map(BadSetting::setting).contains(refused);
            assertThat(view.settings().session()).isEqualTo(Duration.ofMinutes(4));
            assertThat(view.settings().claimTimeout()).isEqualTo(Duration.ofSeconds(30));
            assertThat(view.settings().mode()).isEqualTo(Mode.AUTO);
            assertThat(view.settings().interval()).isEqualTo(Duration.ofSeconds(1));
            assertThat(view.settings().capacity()).isEqualTo("capacity".equals(field) ? 2 : 3);
            assertThat(view.active()).isEqualTo("capacity".equals(field) ? 2 : 3);
        }
        assertThat(REDIS.opsForHash().get(state(), "in-force:" + field).block())
                .as("by the scripts, which go by it")
                .isNotEqualTo(value);
    }

    @Test
    void whatWasInForceAndCannotBeAnyMoreIsAsByDefault() {
        byHand("in-force:capacity", "0");
        byHand("capacity", "0");

        RoomView view = tick();

        assertThat(view.settings().capacity()).isEqualTo(100);
        assertThat(view.active()).isEqualTo(3);
    }

    @Test
    void theNextTickGoesByWhatWasTyped() {
        byHand("mode", "HOLD");
        byHand("capacity", "4");
        assertThat(tick().active()).isEqualTo(2);

        byHand("mode", "AUTO");

        assertThat(tick().active()).isEqualTo(3);
    }

    @Test
    void whatIsTakenAwayIsAsIfNobodyHadSaidAnything() {
        REDIS.opsForHash().remove(state(), "capacity", "claim-timeout-ms", "max-waiting").block();

        RoomView view = tick();

        assertThat(view.slip()).isEmpty();
        assertThat(view.settings().capacity()).isEqualTo(100);
        assertThat(view.settings().claimTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(gateway().upkeep().tick().block().settings()).isEqualTo(view.settings());
    }

    @Test
    void aRoomOfAnotherVersionGoesOn() {
        byHand("colour", "red");
        REDIS.opsForHash()
                .entries(state())
                .map(Map.Entry::getKey)
                .filter(field -> field.toString().startsWith("in-force:"))
                .flatMap(field -> REDIS.opsForHash().remove(state(), field))
                .blockLast();
        REDIS.opsForHash().remove(state(), "per-minute").block(); // did not exist then

        RoomView view = gateway().upkeep().tick().block();

        assertThat(view.slip()).isEmpty();
        assertThat(view.settings()).isEqualTo(SETTINGS);
        assertThat(room.join(UserId.random(), Runnable::run).block())
                .isInstanceOf(Joined.Placed.class);
    }

    @Test
    void aSlipKeepsNobodyFromChangingTheRest() {
        byHand("capacity", "lots");
        tick();

        room.controls().change(Map.of("mode", "HOLD"), new Operator("alice", "")).block();

        assertThat(room.settings().mode()).isEqualTo(Mode.HOLD);
        assertThat(tick().slip()).map(BadSetting::setting).contains("capacity");
    }

    @Test
    void whatStandsThereAsBeforeIsNotReadAnew() {
        byHand("capacity", "lots");
        byHand("batch", "3");
        RoomView first = tick();

        RoomView next = tick();

        assertThat(next.settings()).isSameAs(first.settings());
        assertThat(next.slip()).containsSame(first.slip().orElseThrow());
    }

    /** They may be hundreds of paths, and a program may change the capacity all the time. */
    @Test
    void whatWasInForceBeforeIsKeptByNobody() {
        byHand("capacity", "3");
        WeakReference<RoomSettings> before = new WeakReference<>(tick().settings());
        byHand("capacity", "4");
        tick();

        await().untilAsserted(
                        () -> {
                            System.gc();
                            assertThat(before.get()).isNull();
                        });
    }

    private RoomView tick() {
        clock.pass(Duration.ofSeconds(1));
        return room.upkeep().tick().block();
    }

    private void byHand(String field, String value) {
        REDIS.opsForHash().put(state(), field, value).block();
    }

    private String state() {
        return new Keys(id).forScripts().getFirst();
    }
}
