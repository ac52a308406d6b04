package dev.stagedoor.gateway.waitingroom.operators;

/** What a change has made of one setting. */
public record Difference(String setting, String old, String now) {}
