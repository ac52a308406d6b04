package dev.stagedoor.gateway.waitingroom.operators;

/** What a change has made of one setting, in the words that it has for operators. */
public record Difference(String setting, Object old, Object now) {}
