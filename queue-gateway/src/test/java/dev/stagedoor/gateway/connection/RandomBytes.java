package dev.stagedoor.gateway.connection;

import reactor.core.publisher.Flux;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** A body of any length, made as it is wanted, and whether it has arrived as it was. */
public final class RandomBytes {

    private static final int PART = 8 << 10;

    private final long length;
    private final Random random = new Random(42);
    private final MessageDigest sent = sha256();
    private final MessageDigest arrived = sha256();
    private final AtomicLong made = new AtomicLong();

    public RandomBytes(long length) {
        this.length = length;
    }

    /** To be asked for once. */
    public Flux<byte[]> parts() {
        int count = Math.toIntExact((length + PART - 1) / PART);
        return Flux.range(0, count).map(i -> part(Math.min(PART, length - (long) i * PART)));
    }

    /** How much of it anybody has wanted. */
    public long made() {
        return made.get();
    }

    public void arrives(byte[] bytes) {
        arrived.update(bytes);
    }

    public boolean hasArrivedWhole() {
        return made.get() == length && MessageDigest.isEqual(sent.digest(), arrived.digest());
    }

    private byte[] part(long size) {
        byte[] part = new byte[(int) size];
        random.nextBytes(part);
        sent.update(part);
        made.addAndGet(size);
        return part;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
