package dev.stagedoor.gateway.waitingroom.simulation;

/**
 * Which sequence a place has, and in which block its signs of life lie. Where another server took
 * over, sequences go on behind a jump, in blocks of their own.
 *
 * @param from the first place behind the jump
 */
record Numbers(long epoch, int from, long jump) {

    static final int BLOCK = 100;

    static Numbers of(long epoch) {
        return new Numbers(epoch, Integer.MAX_VALUE, 0);
    }

    Numbers from(int place, long behind) {
        return new Numbers(epoch, place, behind);
    }

    long sequence(int place) {
        return place < from ? epoch * 1000 + 1 + place : jump + 1 + place - from;
    }

    int block(int place) {
        return place < from
                ? (int) (sequence(place) / BLOCK - sequence(0) / BLOCK)
                : blocksBefore() + (int) (sequence(place) / BLOCK - (jump + 1) / BLOCK);
    }

    private int blocksBefore() {
        return from / BLOCK + 2;
    }

    /** Place of a block. */
    int firstOf(int block) {
        boolean isOld = from == Integer.MAX_VALUE || block < blocksBefore();
        return isOld
                ? Math.max(0, block * BLOCK - (int) (sequence(0) % BLOCK))
                : from + Math.max(0, (block - blocksBefore()) * BLOCK - (int) ((jump + 1) % BLOCK));
    }

    /**
     * @param places that were given out
     */
    int endOf(int block, int places) {
        int place = firstOf(block);
        while (place < places && block(place) == block) {
            place++;
        }
        return place;
    }
}
