package dev.stagedoor.booking.web;

import dev.stagedoor.booking.sale.Own;
import dev.stagedoor.booking.sale.Own.History;
import dev.stagedoor.booking.sale.PaymentId;
import dev.stagedoor.booking.sale.ReservationId;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.util.UUID;

/**
 * What a user has. Histories are read newest first; {@code before} is what the last page ended
 * with.
 */
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
record OwnController(Own own) {

    @GetMapping("/reservations")
    Mono<byte[]> reservations(
            @RequestAttribute(Welcoming.USER) UserId user,
            @RequestParam(required = false) @Nullable UUID before,
            @RequestParam(defaultValue = "100") int limit) {
        return page(History.RESERVATIONS, user, before, limit);
    }

    @GetMapping("/reservations/{reservationId}")
    Mono<byte[]> reservation(
            @RequestAttribute(Welcoming.USER) UserId user,
            @PathVariable ReservationId reservationId) {
        return own.reservation(reservationId, user);
    }

    @GetMapping("/payments")
    Mono<byte[]> payments(
            @RequestAttribute(Welcoming.USER) UserId user,
            @RequestParam(required = false) @Nullable UUID before,
            @RequestParam(defaultValue = "100") int limit) {
        return page(History.PAYMENTS, user, before, limit);
    }

    @GetMapping("/payments/{paymentId}")
    Mono<byte[]> payment(
            @RequestAttribute(Welcoming.USER) UserId user, @PathVariable PaymentId paymentId) {
        return own.payment(paymentId, user);
    }

    @GetMapping("/tickets")
    Mono<byte[]> tickets(
            @RequestAttribute(Welcoming.USER) UserId user,
            @RequestParam(required = false) @Nullable UUID before,
            @RequestParam(defaultValue = "100") int limit) {
        return page(History.TICKETS, user, before, limit);
    }

    @GetMapping("/balance")
    Mono<byte[]> balance(@RequestAttribute(Welcoming.USER) UserId user) {
        return own.balance(user);
    }

    @GetMapping("/balance/history")
    Mono<byte[]> entries(
            @RequestAttribute(Welcoming.USER) UserId user,
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) long before,
            @RequestParam(defaultValue = "50") int limit) {
        new Fields().must(before >= 1, "before", "be positive").orRefuse();
        return page(History.ENTRIES, user, before, limit);
    }

    private Mono<byte[]> page(History history, UserId user, @Nullable Object before, int limit) {
        Fields.checkLimit(limit);
        return own.page(history, user, before, limit);
    }
}
