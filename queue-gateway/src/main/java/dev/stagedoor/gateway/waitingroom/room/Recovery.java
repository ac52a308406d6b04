package dev.stagedoor.gateway.waitingroom.room;

import java.time.Duration;

/**
 * How long a room that was made anew admits nobody and takes back those who hold earlier tickets.
 *
 * @param window long enough for everybody who waits to poll once
 * @param atStart whether a room that this gateway has never seen may be one that was lost
 */
public record Recovery(Duration window, boolean atStart) {

    Duration window(boolean wasThere) {
        return wasThere || atStart ? window : Duration.ZERO;
    }
}
