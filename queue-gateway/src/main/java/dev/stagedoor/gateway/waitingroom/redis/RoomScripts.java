package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.Setting;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.util.function.ThrowingSupplier;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The scripts of a room, and what they are given. They are files in {@code /waitingroom}; each
 * begins with the table of settings and the text of {@code room.lua}.
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
        String text =
                Setting.forScripts()
                        + "local makes_rooms = %s\n".formatted(files[0].equals("settings"))
                        + read("room")
                        + Stream.of(files).map(RoomScripts::read).collect(Collectors.joining());
        this.script = RedisScript.of(text, List.class);
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

        /** In the order in which {@code room.lua} has them. */
        private static final String NAMES =
                "state waiting active passes unclaimed seen marks rate ended: events turns arrivals"
                        + " history changes former bans quiet";

        private final String prefix;
        private final List<String> all;

        public Keys(RoomId room) {
            this.prefix = "wr:{" + room + "}:";
            this.all = Stream.of(NAMES.split(" ")).map(prefix::concat).toList();
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

        public List<String> forScripts() {
            return all;
        }
    }
}
