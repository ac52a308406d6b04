package dev.stagedoor.gateway.waitingroom;

/** What becomes of a request that nobody can vouch for while Redis is away. */
public enum RedisDown {
    /** It is refused: the sale behind is protected. */
    CLOSED,
    /** It passes: the sale goes on, without its line. */
    OPEN
}
