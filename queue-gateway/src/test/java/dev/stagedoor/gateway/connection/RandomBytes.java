package dev.stagedoor.gateway.connection;

import reactor.core.publisher.Flux;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A body of any length, made as it is wanted, and whether it has arrived as it was. Its parts
 * differ in their numbers only: hundreds of megabytes of nothing but chance, and digests of them,
 * took a tenth of what all tests of the gateway took.
 */
public final class RandomBytes {

    private static final int PART = 8 << 10;
    private static final byte[] CHANCE = new byte[PART];

    static {
        new Random(42).nextBytes(CHANCE);
    }

    private final long length;
    private final AtomicLong made = new AtomicLong();
    private byte[] expected = part(0);
    private long arrived;
    private boolean isIntact = true;

    public RandomBytes(long length) {
        this.length = length;
    }

    /** To be asked for once. */
    public Flux<byte[]> parts() {
        int count = Math.toIntExact((length + PART - 1) / PART);
        return Flux.range(0, count).map(this::wanted);
    }

    private byte[] wanted(int number) {
        long size = Math.min(PART, length - (long) number * PART);
        made.addAndGet(size);
        return size == PART ? part(number) : Arrays.copyOf(part(number), (int) size);
    }

    /** How much of it anybody has wanted. */
    public long made() {
        return made.get();
    }

    public void arrives(byte[] bytes) {
        for (int from = 0; from < bytes.length; ) {
            int begin = (int) (arrived % PART);
            if (begin == 0) {
                expected = part((int) (arrived / PART));
            }
            int size = Math.min(bytes.length - from, PART - begin);
            isIntact &= Arrays.equals(bytes, from, from + size, expected, begin, begin + size);
            from += size;
            arrived += size;
        }
    }

    public boolean hasArrivedWhole() {
        return isIntact && made.get() == length && arrived == length;
    }

    private static byte[] part(int number) {
        byte[] part = CHANCE.clone();
        ByteBuffer.wrap(part).putInt(number);
        return part;
    }
}
