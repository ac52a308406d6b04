package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.gateway.waitingroom.Setting;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.util.function.ThrowingSupplier;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The scripts of a room, as files in {@code /waitingroom}; each begins with the table of settings
 * and the text of {@code room.lua}.
 */
@SuppressWarnings("rawtypes")
enum RoomScripts {
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
}
