package dev.stagedoor.booking.web;

import dev.stagedoor.booking.sale.Own;
import dev.stagedoor.booking.sale.Own.History;
import dev.stagedoor.booking.sale.PaymentId;
import dev.stagedoor.booking.sale.ReservationId;
import dev.stagedoor.booking.sale.TicketId;
import dev.stagedoor.boot.Visitor;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

/**
 * What a user has. Histories are read newest first; {@code before} is what the last page ended
 * with.
 */
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
record OwnController(Own own) {

    @GetMapping("/reservations")
    Mono<byte[]> reservations(
            Visitor visitor,
            @RequestParam(required = false) @Nullable ReservationId before,
            @RequestParam(defaultValue = "100") int limit) {
        return page(History.RESERVATIONS, visitor, before, limit);
    }

    @GetMapping("/reservations/{reservationId}")
    Mono<byte[]> reservation(Visitor visitor, @PathVariable ReservationId reservationId) {
        return own.reservation(reservationId, visitor.user());
    }

    @GetMapping("/payments")
    Mono<byte[]> payments(
            Visitor visitor,
            @RequestParam(required = false) @Nullable PaymentId before,
            @RequestParam(defaultValue = "100") int limit) {
        return page(History.PAYMENTS, visitor, before, limit);
    }

    @GetMapping("/payments/{paymentId}")
    Mono<byte[]> payment(Visitor visitor, @PathVariable PaymentId paymentId) {
        return own.payment(paymentId, visitor.user());
    }

    @GetMapping("/tickets")
    Mono<byte[]> tickets(
            Visitor visitor,
            @RequestParam(required = false) @Nullable TicketId before,
            @RequestParam(defaultValue = "100") int limit) {
        return page(History.TICKETS, visitor, before, limit);
    }

    @GetMapping("/balance")
    Mono<byte[]> balance(Visitor visitor) {
        return own.balance(visitor.user());
    }

    @GetMapping("/balance/history")
    Mono<byte[]> entries(
            Visitor visitor,
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) long before,
            @RequestParam(defaultValue = "50") int limit) {
        new Fields().must(before >= 1, "before", "be positive").orRefuse();
        return page(History.ENTRIES, visitor, before, limit);
    }

    private Mono<byte[]> page(
            History history, Visitor visitor, @Nullable Object before, int limit) {
        Fields.checkLimit(limit);
        return own.page(history, visitor.user(), before, limit);
    }
}
