package dev.stagedoor.gateway.waitingroom.known;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Of which places in the line Redis has confirmed here that somebody waits: a bit each, in two
 * generations, so that what nobody asks for is forgotten. After a loss it tells who was waiting
 * from who had only kept a ticket.
 */
public final class Heard {

    private static final int PLACES_OF_A_PAGE = 32_768;
    private static final int BYTES_OF_A_PAGE = PLACES_OF_A_PAGE / 8;

    private volatile Map<Long, AtomicIntegerArray> young = new ConcurrentHashMap<>();
    private volatile Map<Long, AtomicIntegerArray> old = Map.of();
    private volatile long mostPages;
    private volatile Instant begun = Instant.EPOCH;

    /** What comes beyond that is not noted, and nobody is turned away for it. */
    void hasRoomFor(long bytes) {
        mostPages = bytes / 2 / BYTES_OF_A_PAGE;
    }

    void of(long sequence) {
        Map<Long, AtomicIntegerArray> pages = young;
        AtomicIntegerArray page = pages.get(sequence / PLACES_OF_A_PAGE);
        if (page == null) {
            if (pages.size() >= mostPages) {
                return;
            }
            page =
                    pages.computeIfAbsent(
                            sequence / PLACES_OF_A_PAGE,
                            _ -> new AtomicIntegerArray(PLACES_OF_A_PAGE / Integer.SIZE));
        }
        int place = (int) (sequence % PLACES_OF_A_PAGE);
        int bit = Integer.MIN_VALUE >>> place;
        if ((page.getPlain(place / Integer.SIZE) & bit) == 0) {
            page.getAndUpdate(place / Integer.SIZE, word -> word | bit);
        }
    }

    /**
     * At every tick: of whom nothing was heard for so long, or at most twice that, is forgotten.
     */
    public void growOlder(Instant now, Duration time) {
        if (!now.isBefore(begun.plus(time)) || now.isBefore(begun)) {
            begun = now;
            old = young;
            young = new ConcurrentHashMap<>();
        }
    }

    /**
     * By page the bits of all behind a sequence, as Redis numbers and writes them.
     *
     * @param end pages that begin later are left out
     */
    public Map<Long, String> behind(long sequence, long end) {
        Map<Long, AtomicIntegerArray> earlier = old;
        Map<Long, AtomicIntegerArray> later = young;
        TreeSet<Long> numbers = new TreeSet<>(earlier.keySet());
        numbers.addAll(later.keySet());
        Map<Long, String> pages = new TreeMap<>();
        for (long number : numbers.subSet(sequence / PLACES_OF_A_PAGE, end / PLACES_OF_A_PAGE)) {
            long last = sequence - number * PLACES_OF_A_PAGE;
            ByteBuffer bytes = ByteBuffer.allocate(BYTES_OF_A_PAGE);
            for (int i = 0; i < PLACES_OF_A_PAGE / Integer.SIZE; i++) {
                int word = word(earlier.get(number), i) | word(later.get(number), i);
                bytes.putInt(word & allButFirst(last + 1 - i * (long) Integer.SIZE));
            }
            pages.put(number, new String(bytes.array(), StandardCharsets.ISO_8859_1));
        }
        return pages;
    }

    private static int word(@Nullable AtomicIntegerArray page, int i) {
        return page == null ? 0 : page.get(i);
    }

    private static int allButFirst(long places) {
        if (places <= 0) {
            return -1;
        }
        return places >= Integer.SIZE ? 0 : -1 >>> (int) places;
    }
}
