package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * What the gateway vouches for: this user stands in front of the upstream with an active ticket, or
 * has signed in where that is enough.
 *
 * @param sequence of the ticket; 0 without one
 * @param signIn that the access token named which came along; null if none did
 */
public record Pass(UserId user, RoomId room, long sequence, @Nullable UUID signIn) {

    public Pass(UserId user, RoomId room, long sequence) {
        this(user, room, sequence, null);
    }
}
