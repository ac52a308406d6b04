package dev.stagedoor.gateway.share;

import java.util.Locale;

/** Whatever there is only so much of. */
public enum Limit {
    PLACES,
    JOINS,
    STREAMS,
    CONNECTIONS,
    BODIES,
    OPEN_PATHS,
    OPEN_PATHS_UNDER_WAY,
    OPEN_WRITES,
    SIGNED_IN,
    SIGNED_IN_UNDER_WAY,
    REQUESTS_UNDER_WAY,
    REQUESTS;

    /** How meters call it. */
    String meter() {
        return name().toLowerCase(Locale.ROOT);
    }
}
