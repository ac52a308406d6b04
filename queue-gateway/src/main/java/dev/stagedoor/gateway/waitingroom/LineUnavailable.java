package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;

/** Redis did not answer, or not in time. */
public final class LineUnavailable extends RuntimeException {

    private static final long serialVersionUID = 1;

    public static LineUnavailable noView(RoomId room) {
        return new LineUnavailable("no view of " + room + " that is young enough");
    }

    LineUnavailable(String message) {
        super(message, null, false, false); // thrown per request during an outage: no stack
    }
}
