package dev.stagedoor.gateway.gate;

import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.handler.codec.http.HttpMethod;

import java.util.Set;

/**
 * A path that a room guards.
 *
 * @param openFor the methods that need no turn there
 */
public record Guarded(Room room, Set<HttpMethod> openFor) {

    boolean isOpenFor(HttpMethod method) {
        return openFor.contains(method)
                || method.equals(HttpMethod.HEAD) && openFor.contains(HttpMethod.GET);
    }
}
