package dev.stagedoor.gateway.waitingroom.operators;

import java.time.Instant;
import java.util.List;

/** The head of the line, and those inside whose sessions end first, as operators are told. */
public record People(List<InLine> waiting, List<Inside> active) {

    public record InLine(String user, long sequence) {}

    public record Inside(String user, Instant sessionEndsAt) {}
}
