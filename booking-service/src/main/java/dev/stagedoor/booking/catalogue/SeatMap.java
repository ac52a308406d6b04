package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The seats of one schedule as they were at one moment, in the bytes that everybody is sent, made
 * when the first one asks for them. Who wants a seat has to try.
 */
public final class SeatMap {

    private static final int PER_SEAT = 250;

    private final Look all;
    private final JsonMapper json;
    private final AtomicReferenceArray<byte[]> encoded = new AtomicReferenceArray<>(4);

    private record Look(
            ScheduleId scheduleId,
            Instant serverTime,
            int seatCount,
            long available,
            List<Seat> seats) {}

    /**
     * One seat: AVAILABLE, HELD, SOLD or BLOCKED.
     *
     * @param heldUntil so that a page knows when to look again
     */
    record Seat(
            int number,
            String status,
            long price,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant heldUntil) {

        boolean isFree() {
            return status.equals("AVAILABLE");
        }
    }

    SeatMap(ScheduleId schedule, Instant serverTime, List<Seat> seats, JsonMapper json) {
        long available = seats.stream().filter(Seat::isFree).count();
        this.all = new Look(schedule, serverTime, seats.size(), available, seats);
        this.json = json;
    }

    public boolean isSoldOut() {
        return all.available() == 0;
    }

    public byte[] json(boolean onlyFree, boolean zipped) {
        int form = (onlyFree ? 1 : 0) + (zipped ? 2 : 0);
        byte[] made = encoded.get(form);
        if (made == null) {
            made =
                    zipped
                            ? Document.zip(json(onlyFree, false))
                            : json.writeValueAsBytes(onlyFree ? free() : all);
            encoded.set(form, made);
        }
        return made;
    }

    /** About how many bytes it takes to remember this. */
    int weight() {
        return all.seatCount() * PER_SEAT;
    }

    private Look free() {
        List<Seat> free = all.seats().stream().filter(Seat::isFree).toList();
        return new Look(all.scheduleId(), all.serverTime(), all.seatCount(), all.available(), free);
    }
}
