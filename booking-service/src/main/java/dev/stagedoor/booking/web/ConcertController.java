package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.Catalogue.Evenings;
import dev.stagedoor.booking.catalogue.Concert;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.Schedule;
import dev.stagedoor.booking.catalogue.SeatMap;
import dev.stagedoor.booking.seat.ScheduleId;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.time.LocalDate;
import java.util.List;

@RestController
@RequestMapping("/api/v1")
final class ConcertController {

    private static final long FROM_THE_BEGINNING = 0;

    private final Catalogue catalogue;

    ConcertController(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /** Newest first; {@code before} is the one that the last page ended with. */
    @GetMapping("/concerts")
    Mono<Concerts> concerts(
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) ConcertId before,
            @RequestParam(defaultValue = "100") int limit) {
        Fields.checkLimit(limit);
        return catalogue.concerts(new Catalogue.Concerts(before.value(), limit)).map(Concerts::new);
    }

    @GetMapping("/concerts/{concertId}")
    Mono<Concert> concert(@PathVariable ConcertId concertId) {
        return catalogue.concert(concertId);
    }

    /** Soonest first; {@code after} is the one that the last page ended with. */
    @GetMapping("/concerts/{concertId}/schedules")
    Mono<Schedules> schedules(
            @PathVariable ConcertId concertId,
            @RequestParam(defaultValue = "false") boolean all,
            @RequestParam(required = false) @Nullable ScheduleId after,
            @RequestParam(defaultValue = "100") int limit) {
        Fields.checkLimit(limit);
        long from = after == null ? FROM_THE_BEGINNING : after.value();
        return catalogue
                .evenings(new Evenings(concertId, all, from, limit))
                .flatMap(
                        shown ->
                                shown.isEmpty() && !all && after == null
                                        ? Refusal.because(ProblemCode.NO_AVAILABLE_DATES)
                                        : Mono.just(new Schedules(shown)));
    }

    @GetMapping("/schedules/{scheduleId}/seats")
    Mono<SeatMap> seats(
            @PathVariable ScheduleId scheduleId,
            @RequestParam(defaultValue = "false") boolean available) {
        return catalogue.seatMap(scheduleId).flatMap(map -> shown(map, available));
    }

    @GetMapping("/concerts/{concertId}/seats")
    Mono<SeatMap> seats(
            @PathVariable ConcertId concertId,
            @RequestParam LocalDate date,
            @RequestParam(defaultValue = "false") boolean available) {
        return catalogue
                .evening(concertId, date)
                .flatMap(schedule -> catalogue.seatMap(schedule.scheduleId()))
                .flatMap(map -> shown(map, available));
    }

    private static Mono<SeatMap> shown(SeatMap map, boolean onlyFree) {
        if (!onlyFree) {
            return Mono.just(map);
        }
        return map.available() == 0
                ? Refusal.because(ProblemCode.NO_AVAILABLE_SEATS)
                : Mono.just(map.onlyFree());
    }

    record Concerts(List<Concert> concerts) {}

    record Schedules(List<Schedule> schedules) {}
}
