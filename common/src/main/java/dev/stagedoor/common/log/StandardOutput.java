package dev.stagedoor.common.log;

import reactor.util.Loggers;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Standard output that nobody waits for. A pipe whose reader stands still is full at 64 KB, and
 * holds every thread that logs, event loops among them: so one thread of its own writes there. What
 * finds no room meanwhile is lost, counted, and told of when somebody reads again.
 */
public final class StandardOutput extends OutputStream {

    /** A counter of each service. */
    public static final String METER = "stagedoor.log.lines.lost";

    private static final int MOST_BYTES = 1 << 20;

    /** For which a program that ends waits until all is said. */
    private static final Duration AT_THE_END = Duration.ofSeconds(1);

    private static final AtomicLong LOST = new AtomicLong();

    private final OutputStream out;
    private final Thread writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private long linesWaiting;
    private long linesUnderWay;
    private long linesUntold;
    private long patienceNanos;

    StandardOutput(OutputStream out) {
        this.out = out;
        this.writer = Thread.ofPlatform().daemon().name("standard-output").start(this::write);
    }

    /**
     * From here on; whoever writes only waits when the program ends, or last words would be lost.
     */
    public static void isNotWaitedFor() {
        StandardOutput all = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> all.isWaitedFor(AT_THE_END)));
        System.setOut(new PrintStream(all, false, System.out.charset()));
    }

    /** How many lines. */
    public static long lost() {
        return LOST.get();
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    /** A line of the log comes as a whole. */
    @Override
    public void write(byte[] bytes, int from, int length) {
        lock.lock();
        try {
            if (waiting.size() + length > MOST_BYTES) {
                lose(1);
            } else {
                waiting.write(bytes, from, length);
                linesWaiting++;
                changed.signalAll();
                awaitAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * From here on.
     *
     * @param longest in all
     */
    void isWaitedFor(Duration longest) {
        lock.lock();
        try {
            patienceNanos = longest.toNanos();
            awaitAll();
        } finally {
            lock.unlock();
        }
    }

    private void awaitAll() {
        try {
            while (patienceNanos > 0
                    && linesWaiting + linesUnderWay > 0
                    && Thread.currentThread() != writer) {
                patienceNanos = changed.awaitNanos(patienceNanos);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void lose(long lines) {
        linesUntold += lines;
        LOST.addAndGet(lines);
    }

    private void write() {
        while (true) {
            byte[] next = next();
            boolean isWritten = isWritten(next);
            long lost = told(isWritten);
            if (lost > 0) {
                Loggers.getLogger(StandardOutput.class)
                        .warn("{} lines are missing here: nobody read them in time", lost);
            }
        }
    }

    private byte[] next() {
        lock.lock();
        try {
            while (linesWaiting == 0) {
                changed.awaitUninterruptibly();
            }
            byte[] next = waiting.toByteArray();
            waiting.reset();
            linesUnderWay = linesWaiting;
            linesWaiting = 0;
            return next;
        } finally {
            lock.unlock();
        }
    }

    private boolean isWritten(byte[] some) {
        try {
            out.write(some);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** How many are to be told of: of those that find no room now, later. */
    private long told(boolean isWritten) {
        lock.lock();
        try {
            if (!isWritten) {
                lose(linesUnderWay);
            }
            linesUnderWay = 0;
            changed.signalAll();
            long lost = isWritten && linesWaiting == 0 ? linesUntold : 0;
            linesUntold -= lost;
            return lost;
        } finally {
            lock.unlock();
        }
    }
}
