package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.waitingroom.operators.People;

import java.time.Instant;
import java.util.List;

/** The head of the line, and those inside whose sessions end first. */
record PeopleDocument(List<InLine> waiting, List<Inside> active) {

    record InLine(String user, long sequence) {}

    record Inside(String user, Instant sessionEndsAt) {}

    static PeopleDocument of(People people) {
        return new PeopleDocument(
                people.waiting().stream()
                        .map(it -> new InLine(it.user().toString(), it.sequence()))
                        .toList(),
                people.active().stream()
                        .map(it -> new Inside(it.user().toString(), it.until()))
                        .toList());
    }
}
