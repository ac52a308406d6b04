package dev.stagedoor.booking.catalogue;

import org.jspecify.annotations.Nullable;

import java.util.List;

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
record Bench(
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
        double stepY) {}
