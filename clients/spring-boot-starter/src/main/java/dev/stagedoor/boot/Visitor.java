package dev.stagedoor.boot;

import dev.stagedoor.common.UserId;

/**
 * Who has come through the line; a handler takes it as an argument.
 *
 * @param user the same for the same account or browser
 * @param room that has let them in
 * @param sequence of their ticket; 0 for somebody who walked in while the room was open
 */
public record Visitor(UserId user, String room, long sequence) {

    /** Name of the request attribute that holds it. */
    public static final String ATTRIBUTE = "stagedoor.visitor";
}
