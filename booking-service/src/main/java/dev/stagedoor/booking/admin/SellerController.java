package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.PaymentId;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.Sale.ScheduleChange;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

/** What becomes of a show that is on, and of an order: moved, closed, cancelled, refunded. */
@RestController
@RequestMapping("/admin")
record SellerController(Sale sale, Catalogue catalogue, Changes changes) {

    @PatchMapping("/schedules/{scheduleId}")
    Mono<ResponseEntity<byte[]>> change(
            @PathVariable ScheduleId scheduleId,
            @RequestBody ScheduleChange to,
            @RequestAttribute(AdminFilter.BY) String by) {
        check(to);
        return sale.change(scheduleId, to)
                .doOnSuccess(_ -> catalogue.forget())
                .delayUntil(
                        _ -> changes.note(by, "schedule %s changed: %s".formatted(scheduleId, to)))
                .map(SellerController::document);
    }

    private static void check(ScheduleChange to) {
        boolean says =
                to.startsAt() != null
                        || to.salesOpenAt() != null
                        || to.salesCloseAt() != null
                        || to.seatsPerUser() != null
                        || to.closed() != null;
        new Fields()
                .must(says, "startsAt", "be there, or another member")
                .must(NewSchedule.isTime(to.startsAt()), "startsAt", NewSchedule.TIME)
                .must(NewSchedule.isTime(to.salesOpenAt()), "salesOpenAt", NewSchedule.TIME)
                .must(NewSchedule.isTime(to.salesCloseAt()), "salesCloseAt", NewSchedule.TIME)
                .must(
                        to.seatsPerUser() == null
                                || to.seatsPerUser() >= 1 && to.seatsPerUser() <= 1000,
                        "seatsPerUser",
                        "be 1 to 1000")
                .orRefuse();
    }

    @PostMapping("/schedules/{scheduleId}/cancel")
    Mono<ResponseEntity<byte[]>> cancel(
            @PathVariable ScheduleId scheduleId,
            @RequestBody Reason reason,
            @RequestAttribute(AdminFilter.BY) String by) {
        String why = reason.checked();
        return sale.cancel(scheduleId, why)
                .doOnSuccess(_ -> catalogue.forget())
                .delayUntil(
                        _ ->
                                changes.note(
                                        by, "schedule %s cancelled: %s".formatted(scheduleId, why)))
                .map(SellerController::document);
    }

    @PostMapping("/payments/{paymentId}/refund")
    Mono<ResponseEntity<byte[]>> refund(
            @PathVariable PaymentId paymentId,
            @RequestBody Reason reason,
            @RequestAttribute(AdminFilter.BY) String by) {
        String why = reason.checked();
        return sale.refundFor(why, paymentId)
                .delayUntil(
                        _ -> changes.note(by, "payment %s refunded: %s".formatted(paymentId, why)))
                .map(SellerController::document);
    }

    private static ResponseEntity<byte[]> document(byte[] document) {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .cacheControl(CacheControl.noStore())
                .body(document);
    }

    /** Why something is taken back; the buyers read it. */
    record Reason(@Nullable String reason) {

        private static final int LONGEST = 200;

        String checked() {
            new Fields()
                    .must(
                            reason != null
                                    && !reason.isBlank()
                                    && reason.length() <= LONGEST
                                    && Fields.isPlain(reason),
                            "reason",
                            "be 1 to " + LONGEST + " characters")
                    .orRefuse();
            return reason;
        }
    }
}
