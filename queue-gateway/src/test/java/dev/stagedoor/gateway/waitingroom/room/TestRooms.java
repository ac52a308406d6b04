package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import java.util.Map;

/** What one gateway knows, of one room. */
final class TestRooms {

    private TestRooms() {}

    static Rooms of(Lines lines, RoomId id, RoomSettings settings, Recovery recovery) {
        return new Rooms(lines, Map.of(id, settings), settings, recovery, Timings.USUAL, 2_000);
    }

    static Room room(Lines lines, RoomId id, RoomSettings settings, Recovery recovery) {
        return of(lines, id, settings, recovery).find(id).orElseThrow();
    }
}
