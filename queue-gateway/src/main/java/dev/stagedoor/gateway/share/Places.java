package dev.stagedoor.gateway.share;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The places that a client holds: whatever tickets it has shown in this window or the one before.
 * So nobody has to say that a place has ended; and no more are remembered than may be held.
 */
final class Places {

    /** As long as a place usually lives without a sign of life. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    private final int most;
    private final LongSupplier nanoTime;
    private volatile Shown now;
    private Shown before = new Shown(0);

    /** Of those before, who have not been shown again. */
    private int silent;

    private int asking;

    Places(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
        this.now = new Shown(window());
    }

    /**
     * Whoever polls has mostly been seen before: that costs no lock.
     *
     * @return whether more memory is taken than before
     */
    boolean shows(long ticket) {
        long window = window();
        Shown shown = now;
        return !(shown.window == window && shown.contains(ticket)) && remember(ticket, window);
    }

    private synchronized boolean remember(long ticket, long window) {
        moveOn(window);
        if (now.contains(ticket)) {
            return false;
        }
        if (before.contains(ticket)) {
            silent--;
        } else if (held() >= most) {
            return false;
        }
        return now.add(ticket);
    }

    synchronized boolean holds(long ticket) {
        moveOn(window());
        return now.contains(ticket) || before.contains(ticket);
    }

    /** Whether one more may be taken; to be followed by {@link #hasAsked}, whatever comes of it. */
    synchronized boolean asks() {
        moveOn(window());
        return held() + asking++ < most;
    }

    synchronized void hasAsked() {
        asking--;
    }

    synchronized int bytes() {
        return Long.BYTES * (now.size() + before.size());
    }

    private int held() {
        return now.count + silent;
    }

    private long window() {
        return Math.floorDiv(nanoTime.getAsLong(), WINDOW.toNanos());
    }

    private void moveOn(long window) {
        if (window > now.window) {
            boolean isNext = window == now.window + 1;
            before = isNext ? now : new Shown(window);
            silent = before.count;
            now = new Shown(window);
        }
    }

    /** A table of numbers with open addressing; it is read while somebody writes. */
    private static final class Shown {

        private static final int SMALLEST = 8;

        private final long window;
        private volatile long[] table = new long[SMALLEST];
        private int count;

        Shown(long window) {
            this.window = window;
        }

        int size() {
            return table.length;
        }

        boolean contains(long ticket) {
            long[] current = table;
            return current[slot(current, ticket)] == ticket;
        }

        boolean add(long ticket) {
            long[] current = table;
            boolean grows = 4 * (count + 1) > 3 * current.length;
            if (grows) {
                current = twice(current);
            }
            current[slot(current, ticket)] = ticket;
            table = current;
            count++;
            return grows;
        }

        private static long[] twice(long[] table) {
            long[] larger = new long[2 * table.length];
            for (long ticket : table) {
                if (ticket != 0) {
                    larger[slot(larger, ticket)] = ticket;
                }
            }
            return larger;
        }

        /** Where it is, or where it would be. */
        private static int slot(long[] table, long ticket) {
            int slot = (int) ticket & table.length - 1;
            while (table[slot] != ticket && table[slot] != 0) {
                slot = slot + 1 & table.length - 1;
            }
            return slot;
        }
    }
}
