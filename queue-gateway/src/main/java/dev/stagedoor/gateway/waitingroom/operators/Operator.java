package dev.stagedoor.gateway.waitingroom.operators;

/**
 * Somebody who changes a room by hand.
 *
 * @param name what they call themselves
 * @param address where they came from
 */
public record Operator(String name, String address) {}
