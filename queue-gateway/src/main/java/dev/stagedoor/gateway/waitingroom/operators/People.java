package dev.stagedoor.gateway.waitingroom.operators;

import dev.stagedoor.common.UserId;

import java.time.Instant;
import java.util.List;

/** The head of the line, and those inside whose sessions end first. */
public record People(List<InLine> waiting, List<Inside> active) {

    public record InLine(UserId user, long sequence) {}

    public record Inside(UserId user, Instant until) {}
}
