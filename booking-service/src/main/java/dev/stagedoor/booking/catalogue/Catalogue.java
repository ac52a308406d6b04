package dev.stagedoor.booking.catalogue;

import dev.stagedoor.booking.seat.ScheduleId;
import dev.stagedoor.booking.seat.SeatChanges;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.common.ProblemCode;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.LocalDate;
import java.util.List;

/** What everybody may look at, out of a short memory. */
@Component
public final class Catalogue {

    private static final String EVERYTHING = "";

    private final ShortMemory<String, List<Concert>> concerts;
    private final ShortMemory<ConcertId, List<Schedule>> schedules;
    private final ShortMemory<ScheduleId, SeatMap> seatMaps;

    Catalogue(Programme programme, CatalogueSettings settings, SeatChanges changes) {
        this.concerts = new ShortMemory<>(settings.memory(), _ -> programme.concerts());
        this.schedules = new ShortMemory<>(settings.memory(), programme::schedules);
        this.seatMaps = new ShortMemory<>(settings.memory(), programme::seatMap);
        changes.listen(this::seatsChanged);
    }

    public Mono<List<Concert>> concerts() {
        return Transactions.reading(concerts.get(EVERYTHING));
    }

    public Mono<Concert> concert(ConcertId id) {
        return concerts()
                .mapNotNull(all -> only(all, id))
                .switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND));
    }

    /** All evenings, also those that are past or sold out. */
    public Mono<List<Schedule>> schedules(ConcertId concert) {
        return concert(concert)
                .then(Mono.defer(() -> Transactions.reading(schedules.get(concert))));
    }

    public Mono<Schedule> schedule(ConcertId concert, LocalDate date) {
        return schedules(concert)
                .mapNotNull(all -> on(all, date))
                .switchIfEmpty(Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND));
    }

    public Mono<SeatMap> seatMap(ScheduleId schedule) {
        return Transactions.reading(seatMaps.get(schedule))
                .switchIfEmpty(Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND));
    }

    /** The programme itself has changed. */
    public void forget() {
        concerts.forgetAll();
        schedules.forgetAll();
        seatMaps.forgetAll();
    }

    private void seatsChanged(ScheduleId schedule) {
        seatMaps.forget(schedule);
        schedules.forgetAll();
    }

    private static Concert only(List<Concert> all, ConcertId id) {
        return all.stream().filter(it -> it.concertId().equals(id)).findAny().orElse(null);
    }

    private static Schedule on(List<Schedule> all, LocalDate date) {
        return all.stream().filter(it -> it.date().equals(date)).findAny().orElse(null);
    }
}
