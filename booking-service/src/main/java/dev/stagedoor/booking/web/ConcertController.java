package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.Concert;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.Schedule;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.SeatMap;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.time.LocalDate;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
record ConcertController(Catalogue catalogue) {

    /** Newest first; {@code before} is the one that the last page ended with. */
    @GetMapping("/concerts")
    Mono<Concerts> concerts(
            @RequestParam(defaultValue = "false") boolean bookable,
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) ConcertId before,
            @RequestParam(defaultValue = "100") int limit) {
        Fields.checkLimit(limit);
        return catalogue.concerts(bookable, before, limit).map(Concerts::new);
    }

    @GetMapping("/concerts/{concertId}")
    Mono<Concert> concert(@PathVariable ConcertId concertId) {
        return catalogue.concert(concertId);
    }

    /**
     * Those that can be booked, that have not begun, or all; soonest first, {@code after} is the
     * one that the last page ended with.
     */
    @GetMapping("/concerts/{concertId}/schedules")
    Mono<Schedules> schedules(
            @PathVariable ConcertId concertId,
            @RequestParam(defaultValue = "false") boolean all,
            @RequestParam(defaultValue = "false") boolean upcoming,
            @RequestParam(required = false) @Nullable ScheduleId after,
            @RequestParam(defaultValue = "100") int limit) {
        Fields.checkLimit(limit);
        return catalogue
                .dates(concertId)
                .map(dates -> page(dates, which(all, upcoming), after, limit))
                .flatMap(
                        shown ->
                                shown.isEmpty() && !all && !upcoming && after == null
                                        ? Refusal.because(ProblemCode.NO_AVAILABLE_DATES)
                                        : Mono.just(new Schedules(shown)));
    }

    private static Predicate<Schedule> which(boolean all, boolean upcoming) {
        return all ? _ -> true : upcoming ? Schedule::upcoming : Schedule::bookable;
    }

    private static List<Schedule> page(
            List<Schedule> dates,
            Predicate<Schedule> which,
            @Nullable ScheduleId after,
            int limit) {
        Stream<Schedule> rest = dates.stream();
        if (after != null) {
            rest = rest.dropWhile(it -> !it.scheduleId().equals(after)).skip(1);
        }
        return rest.filter(which).limit(limit).toList();
    }

    @GetMapping("/schedules/{scheduleId}/seats")
    Mono<ResponseEntity<byte[]>> seats(
            @PathVariable ScheduleId scheduleId,
            @RequestParam(defaultValue = "false") boolean available,
            ServerHttpRequest request) {
        return catalogue.seatMap(scheduleId).flatMap(map -> shown(map, available, request));
    }

    @GetMapping("/concerts/{concertId}/seats")
    Mono<ResponseEntity<byte[]>> seats(
            @PathVariable ConcertId concertId,
            @RequestParam LocalDate date,
            @RequestParam(defaultValue = "false") boolean available,
            ServerHttpRequest request) {
        return catalogue
                .date(concertId, date)
                .flatMap(schedule -> catalogue.seatMap(schedule.scheduleId()))
                .flatMap(map -> shown(map, available, request));
    }

    private static Mono<ResponseEntity<byte[]>> shown(
            SeatMap map, boolean onlyFree, ServerHttpRequest request) {
        if (onlyFree && map.isSoldOut()) {
            return Refusal.because(ProblemCode.NO_AVAILABLE_SEATS);
        }
        boolean zipped = Compressed.isAccepted(request);
        return Mono.just(Compressed.ok(zipped).body(map.json(onlyFree, zipped)));
    }

    record Concerts(List<Concert> concerts) {}

    record Schedules(List<Schedule> schedules) {}
}
