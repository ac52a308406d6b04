package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.admin.AdminController.NewSchedule;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.booking.people.Email;
import dev.stagedoor.booking.people.SigningIn;
import dev.stagedoor.booking.people.SigningIn.Reset;
import dev.stagedoor.booking.sale.PaymentId;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.Sale.ScheduleChange;
import dev.stagedoor.booking.web.Fields;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

/**
 * What becomes of a show that is on, of an order and of a buyer: moved, closed, cancelled,
 * refunded; known again.
 */
@RestController
@RequestMapping(path = "/admin", produces = MediaType.APPLICATION_JSON_VALUE)
record SellerController(Sale sale, SigningIn signingIn, Changes changes) {

    @PatchMapping("/schedules/{scheduleId}")
    Mono<byte[]> change(
            @PathVariable ScheduleId scheduleId,
            @RequestBody ScheduleChange to,
            @RequestAttribute(AdminFilter.BY) String by) {
        check(to);
        return noting(
                by,
                "schedule %s changed: %s".formatted(scheduleId, to),
                sale.change(scheduleId, to));
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
    Mono<byte[]> cancel(
            @PathVariable ScheduleId scheduleId,
            @RequestBody Reason reason,
            @RequestAttribute(AdminFilter.BY) String by) {
        String why = reason.checked();
        return noting(
                by,
                "schedule %s cancelled: %s".formatted(scheduleId, why),
                sale.cancel(scheduleId, why));
    }

    @PostMapping("/payments/{paymentId}/refund")
    Mono<byte[]> refund(
            @PathVariable PaymentId paymentId,
            @RequestBody Reason reason,
            @RequestAttribute(AdminFilter.BY) String by) {
        String why = reason.checked();
        return noting(
                by,
                "payment %s refunded: %s".formatted(paymentId, why),
                sale.refundFor(why, paymentId));
    }

    /** Twice is once: what had been done before nobody has done now. */
    private Mono<byte[]> noting(String by, String what, Mono<Answer> act) {
        return changes.noting(by, what, act, done -> done.replayed() ? null : what)
                .map(Answer::body);
    }

    /** For whoever has forgotten theirs: one to be read out. Whoever is signed in is so no more. */
    @PostMapping("/password-resets")
    Mono<Reset> reset(
            @RequestBody Forgetful forgetful, @RequestAttribute(AdminFilter.BY) String by) {
        return signingIn.whose(forgetful.checked()).flatMap(user -> reset(user, by));
    }

    private Mono<Reset> reset(UserId user, String by) {
        String what = "password of %s reset".formatted(user);
        return changes.noting(by, what, signingIn.reset(user), _ -> what);
    }

    /** Why something is taken back; the buyers read it. */
    record Reason(@Nullable String reason) {

        private static final int LONGEST = 200;

        String checked() {
            new Fields().name(reason, "reason", LONGEST).orRefuse();
            return reason;
        }
    }

    record Forgetful(@Nullable String email) {

        Email checked() {
            String text = email == null ? "" : email;
            new Fields()
                    .must(Email.parse(text).isPresent(), "email", "be an e-mail address")
                    .orRefuse();
            return Email.parse(text).orElseThrow();
        }
    }
}
