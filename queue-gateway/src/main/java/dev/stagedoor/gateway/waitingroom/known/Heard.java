package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.gateway.waitingroom.redis.LineStore.Stretch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Of which places in the line Redis has said here that somebody waits: a bit each. A gateway calls
 * the roll, from the head to the end and again from the head. After a loss it tells who waited from
 * who had only kept a ticket.
 */
public final class Heard {

    private static final int PLACES_OF_A_PAGE = 32_768;
    private static final int BYTES_OF_A_PAGE = PLACES_OF_A_PAGE / 8;

    private final Map<Long, AtomicIntegerArray> pages = new ConcurrentHashMap<>();
    private volatile long mostPages;
    private long calledTo;
    private long until;
    private volatile boolean throughOnce;

    /**
     * @param bytes who stands behind all that this holds is not noted, and comes back
     */
    Heard(long bytes) {
        bindTo(bytes);
    }

    /** What is noted already stays. */
    void bindTo(long bytes) {
        mostPages = bytes / BYTES_OF_A_PAGE;
    }

    /** Whether all who waited have been called once. */
    public boolean isThroughOnce() {
        return throughOnce;
    }

    /** Behind which sequence the roll is to be called next. */
    public synchronized long calledTo() {
        return calledTo;
    }

    /** Whoever stands at or below it and was not heard of does not wait. */
    public synchronized long until() {
        return until;
    }

    /** One more stretch of the line, behind all that was called before. */
    public synchronized void of(Stretch called) {
        if (called.after() == 0) {
            long first = called.waiting().isEmpty() ? called.until() : called.waiting().getFirst();
            pages.keySet().removeIf(number -> number < first / PLACES_OF_A_PAGE);
        }
        pages.forEach((number, page) -> clear(page, called, number * PLACES_OF_A_PAGE));
        long last = called.after();
        for (long sequence : called.waiting()) {
            if (!of(sequence)) {
                until = Math.max(until, last);
                calledTo = 0;
                throughOnce = true;
                return;
            }
            last = sequence;
        }
        until = Math.max(until, called.until());
        calledTo = called.toTheEnd() ? 0 : called.until();
        throughOnce |= called.toTheEnd();
    }

    /** Also one who has been put back since the roll was called. */
    boolean of(long sequence) {
        AtomicIntegerArray page = pages.get(sequence / PLACES_OF_A_PAGE);
        if (page == null) {
            if (pages.size() >= mostPages) {
                return false;
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
        return true;
    }

    /**
     * By page the bits of all behind a sequence, as Redis numbers and writes them.
     *
     * @param end pages that begin later are left out
     */
    public synchronized Map<Long, String> behind(long sequence, long end) {
        Map<Long, String> told = new TreeMap<>();
        pages.forEach(
                (number, page) -> {
                    long begin = number * PLACES_OF_A_PAGE;
                    if (begin + PLACES_OF_A_PAGE > sequence && begin < end) {
                        ByteBuffer bytes = ByteBuffer.allocate(BYTES_OF_A_PAGE);
                        for (int i = 0; i < page.length(); i++) {
                            long word = begin + i * (long) Integer.SIZE;
                            bytes.putInt(page.get(i) & from(sequence + 1 - word));
                        }
                        told.put(number, new String(bytes.array(), StandardCharsets.ISO_8859_1));
                    }
                });
        return told;
    }

    private static void clear(AtomicIntegerArray page, Stretch called, long begin) {
        if (begin > called.until() || begin + PLACES_OF_A_PAGE <= called.after()) {
            return;
        }
        for (int i = 0; i < page.length(); i++) {
            long word = begin + i * (long) Integer.SIZE;
            int cleared = from(called.after() + 1 - word) & ~from(called.until() + 1 - word);
            page.getAndUpdate(i, bits -> bits & ~cleared);
        }
    }

    /** The bits of a word from this one on. */
    private static int from(long place) {
        if (place <= 0) {
            return -1;
        }
        return place >= Integer.SIZE ? 0 : -1 >>> (int) place;
    }
}
