package dev.stagedoor.common;

import java.util.Optional;

/**
 * The name of one line. It stands in Redis keys, cookie names and paths, so its alphabet is small.
 */
public record RoomId(String name) {

    private static final int LONGEST = 32;

    public RoomId {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "a room is named by 1 to 32 of a-z, 0-9 and inner hyphens");
        }
    }

    public static Optional<RoomId> parse(String name) {
        return isName(name) ? Optional.of(new RoomId(name)) : Optional.empty();
    }

    /** By hand: every token names a room. */
    private static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean isInner = i > 0 && i < name.length() - 1;
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' && isInner)) {
                return false;
            }
        }
        return !name.isEmpty() && name.length() <= LONGEST;
    }

    @Override
    public String toString() {
        return name;
    }
}
