package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;

import java.util.List;

/**
 * The names of everything a room keeps in Redis. One hash tag: a room lives in one slot of a
 * cluster.
 */
final class RoomKeys {

    /** The ids of all rooms. */
    static final String ROOMS = "wr:rooms";

    private final String prefix;

    RoomKeys(RoomId room) {
        this.prefix = "wr:{" + room + "}:";
    }

    String waiting() {
        return prefix + "waiting";
    }

    String active() {
        return prefix + "active";
    }

    String history() {
        return prefix + "history";
    }

    String changes() {
        return prefix + "changes";
    }

    String events() {
        return prefix + "events";
    }

    /** In the order in which {@code room.lua} names them. */
    List<String> forScripts() {
        return List.of(
                prefix + "state",
                waiting(),
                active(),
                prefix + "passes",
                prefix + "unclaimed",
                prefix + "seen",
                prefix + "marks",
                prefix + "rate",
                prefix + "ended:",
                events(),
                prefix + "turns",
                prefix + "arrivals",
                history(),
                changes(),
                prefix + "former");
    }
}
