package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.seat.ScheduleId;
import dev.stagedoor.booking.seat.SeatChanges;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What everybody may look at, out of a short memory. */
@Component
public final class Catalogue {

    private final ShortMemory<ConcertId, Concert> concert;
    private final ShortMemory<Concerts, List<Concert>> concerts;
    private final ShortMemory<Evening, Schedule> evening;
    private final ShortMemory<Evenings, List<Schedule>> evenings;
    private final ShortMemory<ScheduleId, SeatMap> seatMaps;
    private final Map<ScheduleId, ConcertId> concertOf = new ConcurrentHashMap<>();

    Catalogue(Programme programme, CatalogueSettings settings, SeatChanges changes) {
        this.concert = new ShortMemory<>(settings.memory(), programme::find);
        this.concerts = new ShortMemory<>(settings.memory(), programme::concerts);
        this.evening = new ShortMemory<>(settings.memory(), programme::evening);
        this.evenings = new ShortMemory<>(settings.memory(), programme::evenings);
        this.seatMaps = new ShortMemory<>(settings.memory(), programme::seatMap);
        changes.listen(this::seatsChanged);
    }

    public Mono<List<Concert>> concerts(Concerts some) {
        return concerts.get(some);
    }

    public Mono<Concert> concert(ConcertId id) {
        return concert.get(id).switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND));
    }

    public Mono<List<Schedule>> evenings(Evenings some) {
        return concert(some.concert())
                .then(Mono.defer(() -> evenings.get(some)))
                .doOnNext(found -> found.forEach(this::learn));
    }

    public Mono<Schedule> evening(ConcertId of, LocalDate date) {
        return concert(of)
                .then(Mono.defer(() -> evening.get(new Evening(of, date))))
                .doOnNext(this::learn)
                .switchIfEmpty(Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND));
    }

    public Mono<SeatMap> seatMap(ScheduleId schedule) {
        return seatMaps.get(schedule)
                .switchIfEmpty(Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND));
    }

    /** The programme itself has changed. */
    public void forget() {
        concert.forgetAll();
        concerts.forgetAll();
        evening.forgetAll();
        evenings.forgetAll();
        seatMaps.forgetAll();
    }

    /** Of the dates only those of that concert have other numbers now. */
    private void seatsChanged(ScheduleId schedule) {
        seatMaps.forget(schedule);
        ConcertId changed = concertOf.get(schedule);
        evening.forgetIf(it -> it.concert().equals(changed));
        evenings.forgetIf(it -> it.concert().equals(changed));
    }

    private void learn(Schedule schedule) {
        concertOf.putIfAbsent(schedule.scheduleId(), schedule.concertId());
    }

    /** A page of the concerts, newest first: so many of those before that one. */
    public record Concerts(long before, int limit) {}

    /**
     * A page of a concert's evenings, soonest first.
     *
     * @param all also those that are past, sold out or not on sale
     * @param after the evening that the last page ended with; 0 for the first page
     */
    public record Evenings(ConcertId concert, boolean all, long after, int limit) {}

    /** The one evening of a concert on a date. */
    record Evening(ConcertId concert, LocalDate date) {}
}
