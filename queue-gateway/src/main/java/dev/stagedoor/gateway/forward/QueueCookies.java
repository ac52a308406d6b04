package dev.stagedoor.gateway.forward;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the cookies are called in which browsers keep their queue tokens: one for each room. They are
 * between the browser and the gateway, and no business of the upstream's.
 */
public final class QueueCookies {

    private static final String PLAIN = "queue-";
    private static final String SECURE = "__Host-queue-";

    private QueueCookies() {}

    /**
     * @param secure over https the name itself sees to it that no other host has set the cookie
     */
    public static String name(boolean secure, String room) {
        return (secure ? SECURE : PLAIN) + room;
    }

    public static boolean isOurs(String name) {
        return name.startsWith(SECURE) || name.startsWith(PLAIN);
    }

    /** All the others, as they are written. */
    static String without(String cookies) {
        if (!cookies.contains(PLAIN)) {
            return cookies;
        }
        return Stream.of(cookies.split(";", -1))
                .filter(cookie -> !isOurs(cookie.strip()))
                .collect(Collectors.joining(";"))
                .strip();
    }
}
