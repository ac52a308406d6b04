package dev.stagedoor.boot;

import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * Who has come through the line, or has signed in where that is enough; a handler takes it as an
 * argument.
 *
 * @param user the same for the same account or browser
 * @param room that has let them in
 * @param sequence of their ticket; 0 for somebody without one: who walked in while the room was
 *     open, or came by a signed-in path
 * @param signIn that an access token of the booking service named, which came along; else null
 */
public record Visitor(UserId user, String room, long sequence, @Nullable UUID signIn) {

    /** Name of the request attribute that holds it. */
    public static final String ATTRIBUTE = "stagedoor.visitor";
}
