package dev.stagedoor.booking.seat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The seats that this instance is claiming for somebody at this moment. */
final class SeatsInHand {

    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /** All of them, or none if somebody has one of them. */
    boolean take(List<String> wanted) {
        for (int taken = 0; taken < wanted.size(); taken++) {
            if (!names.add(wanted.get(taken))) {
                giveBack(wanted.subList(0, taken));
                return false;
            }
        }
        return true;
    }

    boolean hasAnyOf(List<String> wanted) {
        return wanted.stream().anyMatch(names::contains);
    }

    void giveBack(List<String> taken) {
        taken.forEach(names::remove);
    }
}
