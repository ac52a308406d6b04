package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Difference;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import reactor.core.publisher.Mono;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Settings of a room as an operator would write them. */
public final class Settings {

    private Settings() {}

    public static RoomSettings of(Object... namesAndValues) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put("room." + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("room", RoomSettings.class);
    }

    /** Of a room that nobody else changes meanwhile. */
    public static Mono<List<Difference>> change(LineStore room, Map<String, String> fields) {
        return room.fields()
                .map(now -> now.getOrDefault("revision", "0"))
                .flatMap(looked -> room.change(fields, looked, new Operator("", "")));
    }
}
