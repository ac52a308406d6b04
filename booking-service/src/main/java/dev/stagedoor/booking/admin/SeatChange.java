package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Seats to take off sale, or to put back. */
record SeatChange(@Nullable List<@Nullable Integer> seatNumbers, @Nullable Boolean blocked) {

    private static final int MOST = 1000;

    SeatChange checked() {
        new Fields()
                .must(blocked != null, "blocked", "be true or false")
                .must(
                        seatNumbers != null
                                && !seatNumbers.isEmpty()
                                && seatNumbers.size() <= MOST
                                && !seatNumbers.contains(null),
                        "seatNumbers",
                        "be 1 to " + MOST + " whole numbers")
                .orRefuse();
        return this;
    }
}
