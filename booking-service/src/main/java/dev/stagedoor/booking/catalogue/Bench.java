package dev.stagedoor.booking.catalogue;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Seats in a line without an aisle, numbered on from the first, or a place to stand. The stage is
 * at (0, 0), and a seat is 1 wide.
 *
 * @param row none where one stands
 * @param labels of the seats, if they are not 1, 2, 3 …
 * @param accessible the numbers of those that a wheelchair gets to
 * @param x of the first seat, like {@code y}
 * @param stepX from seat to seat, like {@code stepY}
 */
public record Bench(
        int firstSeat,
        int seats,
        String section,
        @Nullable String row,
        @Nullable List<String> labels,
        @Nullable List<Integer> accessible,
        String category,
        boolean standing,
        double x,
        double y,
        double stepX,
        double stepY) {

    /** No seat is nearer to the stage. */
    double nearest() {
        return IntStream.range(0, seats)
                .mapToDouble(i -> Math.hypot(x + i * stepX, y + i * stepY))
                .min()
                .orElseThrow();
    }
}
