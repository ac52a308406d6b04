package dev.stagedoor.booking.seat;

import reactor.core.publisher.Mono;

import java.util.SortedSet;

/** What keeps a crowd away from one seat while somebody is claiming it. */
public interface SeatLock {

    /** Does the work while holding the seats, or refuses at once with {@code seat-contended}. */
    <T> Mono<T> holding(ScheduleId schedule, SortedSet<Integer> seats, Mono<T> work);
}
