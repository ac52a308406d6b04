package dev.stagedoor.booking.seat;

import dev.stagedoor.common.UserId;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The seats that this instance is claiming at this moment, and for whom. */
final class SeatsInHand {

    private final Map<String, UserId> claims = new ConcurrentHashMap<>();

    /** All of them, or none if somebody has one of them. */
    boolean take(List<String> wanted, UserId user) {
        for (int taken = 0; taken < wanted.size(); taken++) {
            if (claims.putIfAbsent(wanted.get(taken), user) != null) {
                giveBack(wanted.subList(0, taken));
                return false;
            }
        }
        return true;
    }

    /** Who meets a claim of their own may be their own twin. */
    boolean hasAnyForOthers(List<String> wanted, UserId user) {
        return wanted.stream().map(claims::get).anyMatch(it -> it != null && !it.equals(user));
    }

    void giveBack(List<String> taken) {
        taken.forEach(claims::remove);
    }
}
