package dev.stagedoor.gateway.waitingroom;

/** What came of asking for a place. */
public sealed interface Joined {

    /**
     * @param fresh whether the place is new, or the one the user already held
     */
    record Placed(Ticket ticket, Standing standing, boolean fresh) implements Joined {}

    /** Nobody may join now: the room is closed, or finishes its line. */
    record Refused() implements Joined {}

    /** The line has reached its greatest length. */
    record Full() implements Joined {}

    /** The ticket that was shown names no place any more. */
    record Over() implements Joined {}
}
