package dev.stagedoor.gateway.forward;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the cookies are called in which browsers keep their queue tokens: one for each room. They are
 * between the browser and the gateway, and no business of the upstream's.
 */
public final class QueueCookies {

    public static final String PREFIX = "queue-";

    /** Over https the name itself sees to it that no other host has set the cookie. */
    public static final String SECURE = "__Host-";

    private QueueCookies() {}

    /** All the others, as they are written. */
    public static String without(String cookies) {
        if (!cookies.contains(PREFIX)) {
            return cookies;
        }
        return Stream.of(cookies.split(";", -1))
                .filter(cookie -> !isOurs(cookie.strip()))
                .collect(Collectors.joining(";"))
                .strip();
    }

    private static boolean isOurs(String name) {
        return name.startsWith(PREFIX) || name.startsWith(SECURE + PREFIX);
    }
}
