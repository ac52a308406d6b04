package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;

import java.util.List;

/**
 * The names of everything a room keeps in Redis. One hash tag: a room lives in one slot of a
 * cluster.
 */
public final class RoomKeys {

    /** The ids of all rooms. */
    public static final String ROOMS = "wr:rooms";

    private final String prefix;

    public RoomKeys(RoomId room) {
        this.prefix = "wr:{" + room + "}:";
    }

    public String waiting() {
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
    public List<String> forScripts() {
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
                prefix + "former",
                prefix + "bans",
                prefix + "quiet");
    }
}
