package dev.stagedoor.common;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of one line. It stands in Redis keys, cookie names and paths, so its alphabet is small.
 */
public record RoomId(String name) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?");

    public RoomId {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a room is named by 1 to 32 of a-z, 0-9 and inner hyphens");
        }
    }

    public static Optional<RoomId> parse(String name) {
        return NAME.matcher(name).matches() ? Optional.of(new RoomId(name)) : Optional.empty();
    }

    @Override
    public String toString() {
        return name;
    }
}
