package dev.stagedoor.gateway.ops;

import com.fasterxml.jackson.annotation.JsonUnwrapped;

import dev.stagedoor.common.Problem.Wrong;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
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
 * @param redis how it is, see {@link RedisState}
 * @param badSetting what somebody has mistyped in Redis by hand: until it is mended, the settings
 *     of before hold
 */
record RoomDocument(
        String room,
        String redis,
        @Nullable Wrong badSetting,
        Mode mode,
        @JsonUnwrapped Numbers numbers,
        Map<String, Object> settings) {

    /**
     * @param asOf by the clock of Redis; older than now only while Redis is away
     */
    private record Numbers(
            @Nullable Instant asOf,
            long epoch,
            boolean recovering,
            long waiting,
            long active,
            long admittedLastMinute,
            @Nullable Long oldestWaitSeconds,
            @Nullable Long estimatedWaitSeconds,
            Map<String, Long> totals) {

        private static final Numbers UNKNOWN =
                new Numbers(null, 0, false, 0, 0, 0, null, null, Map.of());

        private static Numbers of(RoomView view) {
            return new Numbers(
                    view.asOf(),
                    view.epoch(),
                    view.recovering(),
                    view.waiting(),
                    view.active(),
                    view.admittedLastMinute(),
                    view.line()
                            .firstWaitsSince()
                            .map(since -> Duration.between(since, view.asOf()).toSeconds())
                            .orElse(null),
                    view.estimateForNewcomer().map(Duration::toSeconds).orElse(null),
                    view.totals());
        }
    }

    static RoomDocument of(Room room, RoomView view) {
        Wrong slip = view.slip().map(SettingsChange::wrong).orElse(null);
        return of(room, room.redis(), slip, view.settings(), Numbers.of(view));
    }

    /** What was known last: Redis cannot be asked. */
    static RoomDocument away(Room room, RedisState redis) {
        Numbers numbers = room.lastView().map(Numbers::of).orElse(Numbers.UNKNOWN);
        return of(room, redis, null, room.settings(), numbers);
    }

    private static RoomDocument of(
            Room room,
            RedisState redis,
            @Nullable Wrong bad,
            RoomSettings settings,
            Numbers numbers) {
        return new RoomDocument(
                room.id().name(),
                redis.word(),
                bad,
                settings.mode(),
                numbers,
                Setting.document(settings));
    }
}
