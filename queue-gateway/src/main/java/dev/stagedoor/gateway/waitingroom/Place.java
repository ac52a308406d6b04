package dev.stagedoor.gateway.waitingroom;

import java.time.Duration;
import java.util.Optional;

/**
 * What somebody who waits is told of their place, whether as a document, as a problem or on a page.
 *
 * @param ahead how many go in before
 * @param waiting how many wait in all, this one among them
 * @param estimate how long this one will wait, as far as known
 * @param pollAfter when to ask again
 * @param notice why nobody goes in at the moment, if nobody does
 */
public record Place(
        long ahead,
        long waiting,
        Optional<Duration> estimate,
        Duration pollAfter,
        Optional<Notice> notice) {

    /** Why nobody goes in at the moment. */
    public enum Notice {
        HOLD,
        CLOSED,
        RECOVERING
    }

    /** The first in line is at 1. */
    public long position() {
        return ahead + 1;
    }

    Place pollingAfter(Duration time) {
        return new Place(ahead, waiting, estimate, time, notice);
    }

    public Optional<Long> estimateSeconds() {
        return estimate.map(Duration::toSeconds);
    }
}
