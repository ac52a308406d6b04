package dev.stagedoor.gateway.waitingroom.operators;

import java.time.Instant;

/**
 * How full a room was at one moment of the last fifteen minutes.
 *
 * @param admittedLastMinute how many had gone in during the 60 s before
 */
public record Sample(Instant at, long waiting, long active, long admittedLastMinute) {}
