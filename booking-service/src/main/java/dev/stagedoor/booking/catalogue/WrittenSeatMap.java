package dev.stagedoor.booking.catalogue;

import tools.jackson.databind.json.JsonMapper;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** A seat map in the bytes that everybody is sent, made when the first one asks for them. */
public final class WrittenSeatMap {

    private static final int PER_SEAT = 250;

    private final SeatMap map;
    private final JsonMapper json;
    private final AtomicReferenceArray<byte[]> encoded = new AtomicReferenceArray<>(4);

    WrittenSeatMap(SeatMap map, JsonMapper json) {
        this.map = map;
        this.json = json;
    }

    public boolean isSoldOut() {
        return map.available() == 0;
    }

    public byte[] json(boolean onlyFree, boolean zipped) {
        int form = (onlyFree ? 1 : 0) + (zipped ? 2 : 0);
        byte[] made = encoded.get(form);
        if (made == null) {
            made = zipped ? Document.zip(json(onlyFree, false)) : plain(onlyFree);
            encoded.set(form, made);
        }
        return made;
    }

    /** About how many bytes it takes to remember this. */
    int weight() {
        return map.seatCount() * PER_SEAT;
    }

    private byte[] plain(boolean onlyFree) {
        return json.writeValueAsBytes(onlyFree ? map.onlyFree() : map);
    }
}
