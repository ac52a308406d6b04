package dev.stagedoor.gateway;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.RoomSettings;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.util.Map;

/**
 * The rooms of this installation, each made with these settings if it does not exist yet.
 *
 * @param rooms by id; a single room called {@code main} that guards everything, if there is none
 */
@ConfigurationProperties("stagedoor")
record RoomsProperties(@DefaultValue Map<String, RoomSettings> rooms) {

    RoomsProperties {
        rooms.keySet().forEach(RoomId::new);
        rooms = Map.copyOf(rooms);
    }
}
