package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;

/**
 * A place in a line.
 *
 * @param sequence the arrival number; smaller goes first
 * @param epoch the life of the room in which it was given out, by the time it began (epoch ms)
 */
public record Ticket(RoomId room, UserId user, long sequence, long epoch) {}
