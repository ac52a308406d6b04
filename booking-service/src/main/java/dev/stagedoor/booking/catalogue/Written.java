package dev.stagedoor.booking.catalogue;

import java.util.UUID;

/** Ids have one spelling: Java reads digits of other scripts too, signs, and zeros before them. */
public final class Written {

    private Written() {}

    static long number(String text) {
        return same(Long.parseLong(text), text);
    }

    public static UUID uuid(String text) {
        return same(UUID.fromString(text), text);
    }

    private static <T> T same(T id, String text) {
        if (!id.toString().equalsIgnoreCase(text)) {
            throw new IllegalArgumentException("written in another way than " + id);
        }
        return id;
    }
}
