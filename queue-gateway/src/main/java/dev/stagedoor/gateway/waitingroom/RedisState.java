package dev.stagedoor.gateway.waitingroom;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How Redis is, as far as it says so itself. */
public enum RedisState {
    UP("(?!)"),
    /** No answer, or not in time, or not by whom it takes. */
    AWAY("CLUSTERDOWN|MASTERDOWN|TRYAGAIN|UNBLOCKED|LOADING|BUSY"),
    /** Takes in nobody new; all else goes on. */
    FULL("\\bOOM\\b"),
    /** Writes nothing any more since it could not write its file. */
    SNAPSHOT_FAILED("MISCONF"),
    /** Writes nothing while it has fewer replicas than {@code min-replicas-to-write}. */
    WITHOUT_REPLICAS("NOREPLICAS"),
    /** The gateway's user may not do what it must. */
    FORBIDDEN("NOPERM|NOAUTH|WRONGPASS|executing the script can't"),
    /** A replica. */
    READ_ONLY("READONLY"),
    /** Keeps of a room what somebody has written by hand, and no script can read. */
    SPOILT("SPOILT|WRONGTYPE"),
    /** Says anything else: a fault of ours. */
    REFUSES("");

    private final Pattern said;

    RedisState(String said) {
        this.said = Pattern.compile(said);
    }

    public static RedisState of(String refusal) {
        return Stream.of(values())
                .filter(state -> state.said.matcher(refusal).find())
                .findFirst()
                .orElse(REFUSES);
    }

    /** As meters and operators are told. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
