package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * The seats of one evening as they were at {@code serverTime}; who wants one has to try. A seat
 * that is HELD says until when, so that a page knows when to look again.
 */
public record SeatMap(
        ScheduleId scheduleId,
        Instant serverTime,
        int seatCount,
        long available,
        List<Seat> seats) {

    /** One seat: AVAILABLE, HELD, SOLD or BLOCKED. */
    public record Seat(
            int number,
            String status,
            long price,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant heldUntil) {
        boolean isFree() {
            return status.equals("AVAILABLE");
        }
    }

    /** The same map with free seats only. */
    public SeatMap onlyFree() {
        return new SeatMap(
                scheduleId,
                serverTime,
                seatCount,
                available,
                seats.stream().filter(Seat::isFree).toList());
    }
}
