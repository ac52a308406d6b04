package dev.stagedoor.gateway.waitingroom.simulation;

import java.util.Arrays;

/** A list of numbers that grows. */
final class Ints {

    private int[] values = new int[16];
    private int size;

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    int get(int index) {
        return values[index];
    }

    int[] from(int index) {
        return Arrays.copyOfRange(values, index, size);
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The first ones, which are taken away. */
    int[] take(int most) {
        int[] taken = Arrays.copyOf(values, Math.min(most, size));
        System.arraycopy(values, taken.length, values, 0, size - taken.length);
        size -= taken.length;
        return taken;
    }
}
