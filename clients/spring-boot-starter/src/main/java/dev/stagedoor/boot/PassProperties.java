package dev.stagedoor.boot;

import dev.stagedoor.common.RoomId;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.util.List;

/**
 * What is behind the line.
 *
 * @param paths guarded: path patterns; everything unless told otherwise
 * @param openPaths of those, what everybody may have: {@code METHOD pattern}, GET meaning HEAD too
 * @param rooms whose passes are accepted; those of every room of the key unless told otherwise.
 *     Needed where other sites stand behind the same gateway, which could show here what they were
 *     shown themselves
 */
@ConfigurationProperties("stagedoor.pass")
public record PassProperties(
        @DefaultValue("/**") List<String> paths,
        @DefaultValue List<String> openPaths,
        @DefaultValue List<String> rooms) {

    public PassProperties {
        rooms.stream()
                .filter(room -> RoomId.parse(room).isEmpty())
                .forEach(
                        room -> {
                            throw new IllegalArgumentException(
                                    "stagedoor.pass.rooms names no room: " + room);
                        });
    }
}
