package dev.stagedoor.gateway.waitingroom;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * Tells how many wait in front of a sequence without asking Redis: every sequence of the head of
 * the line, and rungs of (rank, sequence) behind it. Between two rungs the sequences themselves
 * bound the rank: no more can stand between them than there are numbers.
 */
public final class Ladder {

    public static final Ladder EMPTY = new Ladder(new long[0], new long[0], new long[0]);

    private final long[] head;
    private final long[] ranks;
    private final long[] sequences;

    /**
     * @param head the sequences of the first who wait, ascending
     * @param ranks ranks of the rungs behind, ascending
     * @param sequences their sequences
     */
    public Ladder(long[] head, long[] ranks, long[] sequences) {
        this.head = head;
        this.ranks = ranks;
        this.sequences = sequences;
    }

    /** Of the first who wait, ascending. */
    LongStream head() {
        return LongStream.of(head);
    }

    /**
     * Whether that place may be held: of the first ones it is certain, and those who go past
     * max-wait are the first ones.
     *
     * @param waiting how many do
     */
    boolean mayHold(long sequence, long waiting) {
        boolean isAmongTheFirst = head.length > 0 && sequence <= head[head.length - 1];
        return isAmongTheFirst ? Arrays.binarySearch(head, sequence) >= 0 : waiting > head.length;
    }

    long ahead(long sequence) {
        if (head.length == 0 || sequence <= head[head.length - 1]) {
            return rankIn(head, sequence);
        }
        if (ranks.length == 0) {
            return head.length;
        }
        return Math.max(head.length, between(sequence));
    }

    /** The rungs are some ticks old: those who have gone in since then no longer stand in front. */
    private long between(long sequence) {
        long gone = rankAmongRungs(head[head.length - 1]) - (head.length - 1);
        return rankAmongRungs(sequence) - gone;
    }

    private long rankAmongRungs(long sequence) {
        int upper = Arrays.binarySearch(sequences, sequence);
        if (upper >= 0) {
            return ranks[upper];
        }
        upper = -upper - 1;
        if (upper == 0) {
            return Math.max(head.length - 1, ranks[0] - (sequences[0] - sequence));
        }
        long most = ranks[upper - 1] + (sequence - sequences[upper - 1]);
        if (upper == ranks.length) {
            return most; // came after the rungs were measured, when hardly anybody can have left
        }
        long least = Math.max(ranks[upper - 1] + 1, ranks[upper] - (sequences[upper] - sequence));
        return (least + Math.min(most, ranks[upper] - 1)) / 2;
    }

    private static long rankIn(long[] sorted, long sequence) {
        int found = Arrays.binarySearch(sorted, sequence);
        return found >= 0 ? found : -found - 1;
    }

    public Ladder withHead(long[] newHead) {
        return new Ladder(newHead, ranks, sequences);
    }
}
