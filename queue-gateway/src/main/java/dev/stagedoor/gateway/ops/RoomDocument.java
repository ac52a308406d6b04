package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.ops.OpsAnswers.Wrong;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Setting;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * A room as an operator sees it.
 *
 * @param asOf by the clock of Redis; older than now only while Redis is away
 * @param redis how it is, see {@link RedisState}
 * @param badSetting what somebody has mistyped in Redis by hand: until it is mended, the settings
 *     of before hold
 */
record RoomDocument(
        String room,
        @Nullable Instant asOf,
        String redis,
        @Nullable Wrong badSetting,
        long epoch,
        Mode mode,
        boolean recovering,
        long waiting,
        long active,
        long admittedLastMinute,
        @Nullable Long oldestWaitSeconds,
        @Nullable Long estimatedWaitSeconds,
        Map<String, Long> totals,
        Map<String, Object> settings) {

    static RoomDocument of(Room room, RoomView view) {
        return new RoomDocument(
                room.id().name(),
                view.asOf(),
                room.redis().word(),
                view.slip().map(SettingsChange::wrong).orElse(null),
                view.epoch(),
                view.settings().mode(),
                view.recovering(),
                view.waiting(),
                view.active(),
                view.admittedLastMinute(),
                view.firstWaitsSince()
                        .map(since -> Duration.between(since, view.asOf()).toSeconds())
                        .orElse(null),
                view.estimateForNewcomer().map(Duration::toSeconds).orElse(null),
                view.totals(),
                Setting.document(view.settings()));
    }

    /** What was known last: Redis cannot be asked. */
    static RoomDocument away(Room room, RedisState redis) {
        return room.lastView()
                .map(view -> of(room, view).with(redis.word(), null))
                .orElseGet(() -> unknown(room).with(redis.word(), null));
    }

    static RoomDocument mistyped(Room room, Wrong bad) {
        return room.lastView()
                .map(view -> of(room, view).with("up", bad))
                .orElseGet(() -> unknown(room).with("up", bad));
    }

    private static RoomDocument unknown(Room room) {
        return new RoomDocument(
                room.id().name(),
                null,
                "up",
                null,
                0,
                room.settings().mode(),
                false,
                0,
                0,
                0,
                null,
                null,
                Map.of(),
                Setting.document(room.settings()));
    }

    private RoomDocument with(String redisNow, @Nullable Wrong bad) {
        return new RoomDocument(
                room,
                asOf,
                redisNow,
                bad,
                epoch,
                mode,
                recovering,
                waiting,
                active,
                admittedLastMinute,
                oldestWaitSeconds,
                estimatedWaitSeconds,
                totals,
                settings);
    }
}
