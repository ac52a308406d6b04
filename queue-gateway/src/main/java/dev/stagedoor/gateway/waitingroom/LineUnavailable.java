package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;

/** Redis did not answer, not in time, or would not. */
public final class LineUnavailable extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final RedisState redis;

    public static LineUnavailable noView(RoomId room) {
        return new LineUnavailable("no view of " + room + " that is young enough");
    }

    /** Where somebody stands will be certain in a moment. */
    public static LineUnavailable restoring(RoomId room) {
        return new LineUnavailable(room + " is being put together again after a loss");
    }

    public static LineUnavailable unreadable(String word) {
        return new LineUnavailable("in Redis stands " + word, RedisState.SPOILT);
    }

    public LineUnavailable(String message) {
        this(message, RedisState.AWAY);
    }

    public LineUnavailable(String message, RedisState redis) {
        super(message, null, false, false); // thrown per request during an outage: no stack
        this.redis = redis;
    }

    public RedisState redis() {
        return redis;
    }
}
