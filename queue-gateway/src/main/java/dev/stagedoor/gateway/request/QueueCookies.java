package dev.stagedoor.gateway.request;

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
        StringBuilder others = new StringBuilder(cookies.length());
        for (int begin = 0; begin <= cookies.length(); ) {
            int semicolon = cookies.indexOf(';', begin);
            int end = semicolon < 0 ? cookies.length() : semicolon;
            if (!isOurs(cookies.substring(begin, end).strip())) {
                others.append(others.isEmpty() ? "" : ";").append(cookies, begin, end);
            }
            begin = end + 1;
        }
        return others.toString().strip();
    }

    private static boolean isOurs(String name) {
        return name.startsWith(PREFIX) || name.startsWith(SECURE + PREFIX);
    }
}
