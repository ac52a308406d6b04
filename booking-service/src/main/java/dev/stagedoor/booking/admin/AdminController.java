package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.audit.Auditing;
import dev.stagedoor.booking.audit.Auditing.Violation;
import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.Concert;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.util.List;

@RestController
@RequestMapping("/admin")
record AdminController(
        Staging staging, Auditing auditing, Catalogue catalogue, Sale sale, Changes changes) {

    @PostMapping("/concerts")
    Mono<ResponseEntity<Concert>> concert(
            @RequestBody NewConcert concert, @RequestAttribute(AdminFilter.BY) String by) {
        NewConcert it = concert.checked();
        return staging.concert(it.title(), it.artist(), it.venue(), it.timeZone())
                .delayUntil(
                        staged ->
                                changes.note(by, "concert %s put on".formatted(staged.concertId())))
                .map(
                        staged ->
                                ResponseEntity.created(
                                                URI.create(
                                                        "/api/v1/concerts/" + staged.concertId()))
                                        .body(staged));
    }

    @PostMapping("/concerts/{concertId}/schedules")
    Mono<ResponseEntity<Staged>> schedule(
            @PathVariable ConcertId concertId,
            @RequestBody NewSchedule schedule,
            @RequestAttribute(AdminFilter.BY) String by) {
        Staging.Terms it = schedule.checked();
        return staging.schedule(concertId, it)
                .delayUntil(
                        staged ->
                                changes.note(
                                        by,
                                        "schedule %s of concert %s put on: %s"
                                                .formatted(staged, concertId, it)))
                .map(
                        staged ->
                                ResponseEntity.created(
                                                URI.create(
                                                        "/api/v1/schedules/" + staged + "/seats"))
                                        .body(new Staged(staged, concertId)));
    }

    @PatchMapping("/schedules/{scheduleId}/seats")
    Mono<Changed> seats(
            @PathVariable ScheduleId scheduleId,
            @RequestBody SeatChange change,
            @RequestAttribute(AdminFilter.BY) String by) {
        SeatChange it = change.checked();
        return catalogue
                .seatMap(scheduleId)
                .then(Mono.defer(() -> sale.block(scheduleId, it.seatNumbers(), it.blocked())))
                .doOnSuccess(_ -> catalogue.forget())
                .delayUntil(
                        changed ->
                                changes.note(
                                        by,
                                        "seats %s of schedule %s %s"
                                                .formatted(
                                                        changed,
                                                        scheduleId,
                                                        it.blocked() ? "blocked" : "unblocked")))
                .map(changed -> Changed.of(it.seatNumbers(), changed));
    }

    /** For a person or a monitor to ask of a live database whether all is well. */
    @GetMapping("/audit")
    Mono<Audit> audit(@RequestAttribute(AdminFilter.BY) String by) {
        return auditing.audit()
                .delayUntil(found -> changes.noteAudit(by, found))
                .map(found -> new Audit(found.isEmpty(), found));
    }

    record Staged(ScheduleId scheduleId, ConcertId concertId) {}

    /** Seat by seat: those that are held, sold or missing stay as they are. */
    record Changed(List<Integer> changed, List<Integer> unchanged) {
        static Changed of(List<Integer> asked, List<Integer> changed) {
            return new Changed(
                    changed, asked.stream().filter(seat -> !changed.contains(seat)).toList());
        }
    }

    record Audit(boolean well, List<Violation> violations) {}

    /** Seats to take off sale, or to put back. */
    record SeatChange(@Nullable List<@Nullable Integer> seatNumbers, @Nullable Boolean blocked) {

        private static final int MOST = 1000;

        SeatChange checked() {
            new Fields()
                    .must(blocked != null, "blocked", "be true or false")
                    .must(
                            seatNumbers != null
                                    && !seatNumbers.isEmpty()
                                    && seatNumbers.size() <= MOST
                                    && !seatNumbers.contains(null),
                            "seatNumbers",
                            "be 1 to " + MOST + " whole numbers")
                    .orRefuse();
            return this;
        }
    }
}
