package dev.stagedoor.booking.catalogue;

import java.util.List;

/**
 * How the seats of a house stand.
 *
 * @param document what somebody has said of it, as JSON
 * @param benches what follows from that
 */
public record Plan(String name, String document, List<Bench> benches) {

    int seatCount() {
        return benches.getLast().lastSeat();
    }
}
