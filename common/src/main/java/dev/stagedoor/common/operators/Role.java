package dev.stagedoor.common.operators;

/** What somebody may do who has signed in. */
public enum Role {
    /** Sees everything, changes nothing. */
    VIEWER,
    /** Lets people in at the doors of the sale, and sees no more than that takes. */
    DOOR,
    OPERATOR
}
