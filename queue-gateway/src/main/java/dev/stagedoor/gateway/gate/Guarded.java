package dev.stagedoor.gateway.gate;

import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.handler.codec.http.HttpMethod;

import java.util.Set;

/**
 * A path that a room guards.
 *
 * @param openFor the methods that need no turn there
 * @param signedInFor the methods that need none of whoever has signed in
 */
public record Guarded(Room room, Set<HttpMethod> openFor, Set<HttpMethod> signedInFor) {

    boolean isOpenFor(HttpMethod method) {
        return includes(openFor, method);
    }

    boolean isSignedInFor(HttpMethod method) {
        return includes(signedInFor, method);
    }

    private static boolean includes(Set<HttpMethod> methods, HttpMethod method) {
        return methods.contains(method)
                || method.equals(HttpMethod.HEAD) && methods.contains(HttpMethod.GET);
    }
}
