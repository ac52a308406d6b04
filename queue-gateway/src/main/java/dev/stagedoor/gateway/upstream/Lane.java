package dev.stagedoor.gateway.upstream;

/** Whose connections to an origin a request takes (bulkheads): no lane waits for another. */
public enum Lane {
    /** Of those whose turn has come. */
    ADMITTED,
    SIGNED_IN,
    OPEN
}
