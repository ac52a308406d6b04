package dev.stagedoor.gateway.waitingroom.operators;

import java.time.Instant;

/**
 * Something an operator has done, in the words that settings have for operators.
 *
 * @param by the operator
 * @param from the address they came from
 * @param what a setting, {@code room}, or {@code ticket <user> <sequence>}
 */
public record Change(Instant at, String by, String from, String what, Object old, Object now) {}
