package dev.stagedoor.gateway.waitingroom;

/** What an operator has set a room to do. */
public enum Mode {
    /** Pass while there is room, queue when there is not. */
    AUTO,
    /** Joins are taken, nobody new is admitted. */
    HOLD,
    /** The line is finished, joins are refused. */
    DRAIN,
    /** Everybody passes, and is counted. */
    OPEN,
    /** Nobody joins, nobody passes but to what needs no turn. */
    CLOSED
}
