package dev.stagedoor.booking.web;

import dev.stagedoor.booking.sale.Payment;
import dev.stagedoor.booking.sale.PaymentId;
import dev.stagedoor.booking.sale.Payments;
import dev.stagedoor.booking.sale.Refunding;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.UUID;

@RestController
@RequestMapping("/api/v1/payments")
final class PaymentController {

    private final Payments payments;
    private final Refunding refunding;
    private final Writing writing;

    PaymentController(Payments payments, Refunding refunding, Writing writing) {
        this.payments = payments;
        this.refunding = refunding;
        this.writing = writing;
    }

    /** Newest first; {@code before} is the one that the last page ended with. */
    @GetMapping
    Mono<ResponseEntity<History>> some(
            @RequestAttribute(PassFilter.USER) UserId user,
            @RequestParam(required = false) @Nullable UUID before,
            @RequestParam(defaultValue = "100") int limit) {
        return payments.some(user, Fields.page(before, limit))
                .map(History::new)
                .map(ReservationController::personal);
    }

    @GetMapping("/{paymentId}")
    Mono<ResponseEntity<Payment>> one(
            @RequestAttribute(PassFilter.USER) UserId user, @PathVariable PaymentId paymentId) {
        return payments.find(paymentId, user).map(ReservationController::personal);
    }

    @PostMapping("/{paymentId}/refund")
    Mono<ResponseEntity<byte[]>> refund(
            @RequestAttribute(PassFilter.USER) UserId user,
            @PathVariable PaymentId paymentId,
            ServerWebExchange exchange) {
        return writing.write(
                Act.REFUND,
                exchange,
                "",
                refunding.refund(paymentId, user).map(refunded -> writing.answer(200, refunded)));
    }

    record History(List<Payment> payments) {}
}
