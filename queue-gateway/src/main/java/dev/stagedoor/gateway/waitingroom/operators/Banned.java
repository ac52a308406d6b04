package dev.stagedoor.gateway.waitingroom.operators;

/** What came of a ban, or of lifting one. */
public enum Banned {
    DONE,
    FULL,
    ABSENT
}
