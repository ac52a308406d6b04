package dev.stagedoor.common.tracing;

/** One request on its way through one service. */
public interface Hop {

    /** What to send on, so that whatever comes after is seen below this hop. */
    String traceparent();

    /**
     * It is over; only the first time counts.
     *
     * @param status that was answered, 0 if there was none
     */
    void end(int status);
}
