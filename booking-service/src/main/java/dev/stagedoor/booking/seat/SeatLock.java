package dev.stagedoor.booking.seat;

import dev.stagedoor.booking.catalogue.ScheduleId;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

import java.util.SortedSet;

/** What keeps a crowd away from one seat while somebody is claiming it. */
public interface SeatLock {

    /**
     * Does the work while holding the seats, or refuses at once with {@code seat-contended}.
     *
     * @param twins shared by requests that are one and the same, sent twice: the second of them is
     *     refused with {@code idempotency-in-progress}; null if there can be none
     */
    <T> Mono<T> holding(
            ScheduleId schedule, SortedSet<Integer> seats, @Nullable String twins, Mono<T> work);
}
