package dev.stagedoor.gateway.waitingroom.operators;

/**
 * Somebody who changes a room by hand.
 *
 * @param name what they have signed in as
 * @param address where they came from
 */
public record Operator(String name, String address) {}
