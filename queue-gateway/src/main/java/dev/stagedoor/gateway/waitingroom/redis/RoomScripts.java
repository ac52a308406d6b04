package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.Setting;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.util.function.ThrowingSupplier;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The scripts of a room, as files in {@code /waitingroom}; each begins with the table of settings
 * and the text of {@code room.lua}. And what they are given: the keys of the room.
 */
@SuppressWarnings("rawtypes")
public enum RoomScripts {
    JOIN("join"),
    ADMIT("silence", "admit", "view"),
    PATROL("silence", "patrol"),
    VIEW("view"),
    RUNGS("rungs"),
    TOUCH("touch"),
    CHECK("check"),
    END("end"),
    EXTEND("extend"),
    RESTORE("restore"),
    ROLL("roll"),
    HEARD("heard"),
    SETTINGS("settings"),
    EXPLAIN("explain"),
    BAN("ban"),
    CLEAR("clear");

    private final RedisScript<List> script;

    RoomScripts(String... files) {
        StringBuilder text = new StringBuilder(Setting.forScripts()).append(read("room"));
        for (String file : files) {
            text.append(read(file));
        }
        this.script = RedisScript.of(text.toString(), List.class);
    }

    RedisScript<List> script() {
        return script;
    }

    private static String read(String name) {
        Resource file = new ClassPathResource("/waitingroom/" + name + ".lua", RoomScripts.class);
        return ThrowingSupplier.of(() -> file.getContentAsString(StandardCharsets.UTF_8)).get();
    }

    /**
     * The names of everything a room keeps in Redis. One hash tag: a room lives in one slot of a
     * cluster.
     */
    public static final class Keys {

        /** The ids of all rooms. */
        public static final String ROOMS = "wr:rooms";

        private final String prefix;

        public Keys(RoomId room) {
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
}
