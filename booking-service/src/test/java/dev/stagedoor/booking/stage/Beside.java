package dev.stagedoor.booking.stage;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;

/**
 * Answers that need neither Redis nor PostgreSQL, asked for again and again while something else is
 * timed: a machine that is busy, or stands still, makes both of them late.
 */
public final class Beside {

    private final Booking booking;
    private final FutureTask<Duration> peer = new FutureTask<>(this::slowestOfMany);
    private volatile boolean isOver;

    private Beside(Booking booking) {
        this.booking = booking;
    }

    public static Beside answersOf(Booking booking) {
        Beside beside = new Beside(booking);
        Thread.startVirtualThread(beside.peer);
        return beside;
    }

    /**
     * How much longer something takes than three times the slowest of them: it goes by Redis and
     * PostgreSQL as well, which wait for the machine as long. Never negative.
     */
    public static Duration longer(Booking booking, Runnable act) {
        Beside beside = answersOf(booking);
        long begun = System.nanoTime();
        Duration time;
        try {
            act.run();
            time = since(begun);
        } finally {
            beside.isOver = true;
        }
        Duration longer = time.minus(beside.slowest().multipliedBy(3));
        return longer.isNegative() ? Duration.ZERO : longer;
    }

    /** The same until somebody can register. */
    public static Duration longerUntilServed(Booking booking) {
        return longer(
                booking,
                () ->
                        await().pollInterval(Duration.ofMillis(50))
                                .until(() -> booking.visitorOrNull() != null));
    }

    /** Until now. */
    public Duration slowest() {
        isOver = true;
        try {
            return peer.get();
        } catch (Exception e) {
            throw new AssertionError("no answer to a request that needs nothing", e);
        }
    }

    private Duration slowestOfMany() {
        Duration slowest = Duration.ZERO;
        do {
            long begun = System.nanoTime();
            booking.stranger().get("/api/v1/nothing").is(401);
            Duration time = since(begun);
            slowest = time.compareTo(slowest) > 0 ? time : slowest;
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        } while (!isOver);
        return slowest;
    }

    private static Duration since(long begun) {
        return Duration.ofNanos(System.nanoTime() - begun);
    }
}
