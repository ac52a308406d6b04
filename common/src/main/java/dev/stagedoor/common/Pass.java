package dev.stagedoor.common;

/**
 * What the gateway vouches for: this user stands in front of the upstream with an active ticket.
 */
public record Pass(UserId user, RoomId room, long sequence) {}
