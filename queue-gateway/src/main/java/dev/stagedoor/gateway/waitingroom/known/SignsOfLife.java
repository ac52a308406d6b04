package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Who has been heard of since the last flush: the newest sign of each user. */
public final class SignsOfLife {

    /** A second's worth of signs; more than that and the oldest news is not worth the memory. */
    private static final int MOST = 100_000;

    private final Map<UserId, Sign> signs = new ConcurrentHashMap<>();

    public void waiting(Ticket ticket) {
        put(new Sign(ticket, false));
    }

    public void active(Ticket ticket) {
        put(new Sign(ticket, true));
    }

    public List<Sign> take() {
        List<Sign> taken = new ArrayList<>(signs.size());
        for (Sign sign : signs.values()) {
            if (signs.remove(sign.ticket().user(), sign)) {
                taken.add(sign);
            }
        }
        return taken;
    }

    /** Back, unless there is newer news. */
    public void putBack(List<Sign> untold) {
        untold.forEach(sign -> signs.putIfAbsent(sign.ticket().user(), sign));
    }

    private void put(Sign sign) {
        if (signs.size() < MOST) {
            signs.put(sign.ticket().user(), sign);
        }
    }
}
