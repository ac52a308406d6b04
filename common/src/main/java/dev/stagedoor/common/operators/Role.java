package dev.stagedoor.common.operators;

/** What somebody may do who has signed in. */
public enum Role {
    /** Sees everything, changes nothing. */
    VIEWER,
    OPERATOR
}
