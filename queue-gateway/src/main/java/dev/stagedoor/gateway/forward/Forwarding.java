package dev.stagedoor.gateway.forward;

/** What came of carrying a request to the upstream. */
public sealed interface Forwarding {

    /** The upstream has answered, and the answer was passed on. */
    record Answered(int status) implements Forwarding {}

    /** No answer began: nothing has been sent to the client yet. */
    enum Failed implements Forwarding {
        UNREACHABLE,
        TIMEOUT,
        BUSY
    }

    /**
     * The upstream broke off in the middle of its answer: the client's connection must break as
     * well.
     */
    record BrokenOff(Throwable cause) implements Forwarding {}
}
