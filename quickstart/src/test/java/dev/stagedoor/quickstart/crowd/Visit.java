package dev.stagedoor.quickstart.crowd;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What one visitor saw of the line and took home.
 *
 * @param sequence the place in the order of arrival
 * @param lastWaiting as of when the last answer said {@code WAITING}; null if the first said {@code
 *     ACTIVE}
 * @param admitted as of when the first answer said {@code ACTIVE}
 * @param seat the seat that was bought; null for those who found none
 */
record Visit(
        long sequence, @Nullable Instant lastWaiting, Instant admitted, @Nullable Integer seat) {

    boolean hasWaited() {
        return lastWaiting != null;
    }

    boolean hasBought() {
        return seat != null;
    }

    /**
     * The pairs that break the order of arrival: a later one of whom it was said that the turn had
     * come, while as of a later moment it was still said of an earlier one that he waits. Those of
     * one batch come in together and break nothing. Redis may have said that it is somebody's turn
     * before the view came that tells of it, so one of the same moment breaks nothing either.
     */
    static List<String> inversions(List<Visit> visits) {
        List<Visit> inOrder =
                visits.stream().sorted(Comparator.comparingLong(Visit::sequence)).toList();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < inOrder.size(); i++) {
            for (Visit earlier : inOrder.subList(0, i)) {
                if (inOrder.get(i).hasOvertaken(earlier)) {
                    found.add(inOrder.get(i) + " before " + earlier);
                }
            }
        }
        return found;
    }

    private boolean hasOvertaken(Visit earlier) {
        return earlier.lastWaiting != null && earlier.lastWaiting.isAfter(admitted);
    }
}
