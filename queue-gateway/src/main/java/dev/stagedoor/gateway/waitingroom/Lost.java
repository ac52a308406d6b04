package dev.stagedoor.gateway.waitingroom;

/**
 * The sequences that may have been given out by a server that died before it could tell anybody.
 *
 * @param after the last one that is known to the server that took over
 * @param before the one before the first that it gives out itself
 */
public record Lost(long after, long before) {

    public static final Lost NOTHING = new Lost(0, 0);

    boolean contains(long sequence) {
        return after < sequence && sequence <= before;
    }
}
