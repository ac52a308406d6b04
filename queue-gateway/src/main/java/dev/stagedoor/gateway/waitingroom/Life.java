package dev.stagedoor.gateway.waitingroom;

/**
 * A life of a room: from when it was made, or was taken over by a server that may have lost the
 * newest writes, until the next time. What is known of single tickets is true within one life.
 *
 * @param epoch when the room was made, epoch ms
 * @param term how many servers have taken it over since
 */
public record Life(long epoch, long term) {

    /** Whichever it is. */
    public static final Life ANY = new Life(0, 0);

    /** As scripts and the channel say it. */
    public String word() {
        return equals(ANY) ? "" : epoch + "." + term;
    }
}
