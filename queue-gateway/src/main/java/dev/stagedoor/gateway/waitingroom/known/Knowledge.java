package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.RoomView.Seen;
import dev.stagedoor.gateway.waitingroom.Standing;

import org.jspecify.annotations.Nullable;

/**
 * What this gateway knows of one ticket at one moment, and what follows from it. Nothing here asks,
 * waits or remembers: it is a table.
 *
 * @param seen what the last view tells of it; null as long as there is none
 * @param viewIsFresh whether that view is young enough to be told to anybody
 * @param end why the ticket is over, as far as was heard
 * @param mayBeLost whether Redis may have lost it, and it has not been restored since
 * @param isHeardOf whether more was heard of it than that it waits
 * @param inside the verdict that it is inside, if that lasts
 * @param verdictsHold whether a verdict that was revoked would have been heard of
 */
public record Knowledge(
        @Nullable Seen seen,
        boolean viewIsFresh,
        @Nullable EndReason end,
        boolean mayBeLost,
        boolean isHeardOf,
        Standing.@Nullable Active inside,
        boolean verdictsHold) {

    /** Before there is a view. */
    public static final Knowledge NOTHING =
            new Knowledge(null, false, null, false, false, null, false);

    /** Where a ticket stands, or who has to be asked. */
    public enum Finding {
        IS_OVER,
        IS_INSIDE,
        WAITS,
        ASK_REDIS,
        RESTORE_FIRST,
        NO_VIEW
    }

    public Finding finding() {
        if (seen == null) {
            return Finding.NO_VIEW;
        }
        if (end != null) {
            return Finding.IS_OVER;
        }
        if (mayBeLost) {
            return Finding.RESTORE_FIRST;
        }
        if (waitsByTheView()) {
            return viewIsFresh ? Finding.WAITS : Finding.NO_VIEW;
        }
        return inside != null && verdictsHold ? Finding.IS_INSIDE : Finding.ASK_REDIS;
    }

    /** Whether the view tells where it stands, and nothing that was heard since says otherwise. */
    public boolean waitsByTheView() {
        return seen == Seen.IN_LINE && !isHeardOf;
    }

    /**
     * When Redis was asked and did not answer. Who was let in before it went away stays inside. Who
     * came after the last view, when there was a line or no room, stands behind all that it shows.
     */
    public Finding withoutRedis() {
        if (inside != null) {
            return Finding.IS_INSIDE;
        }
        boolean isLast = seen == Seen.BEHIND_ALL && !mayBeLost && !isHeardOf;
        return isLast && viewIsFresh ? Finding.WAITS : Finding.ASK_REDIS;
    }
}
