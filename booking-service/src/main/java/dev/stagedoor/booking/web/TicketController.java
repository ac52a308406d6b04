package dev.stagedoor.booking.web;

import dev.stagedoor.booking.sale.OwnTickets;
import dev.stagedoor.booking.sale.OwnTickets.OwnTicket;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.UUID;

@RestController
final class TicketController {

    private final OwnTickets own;

    TicketController(OwnTickets own) {
        this.own = own;
    }

    /** Newest first; {@code before} is the one that the last page ended with. */
    @GetMapping("/api/v1/tickets")
    Mono<ResponseEntity<Tickets>> some(
            @RequestAttribute(PassFilter.USER) UserId user,
            @RequestParam(required = false) @Nullable UUID before,
            @RequestParam(defaultValue = "100") int limit) {
        return own.some(user, Fields.page(before, limit))
                .map(Tickets::new)
                .map(ReservationController::personal);
    }

    record Tickets(List<OwnTicket> tickets) {}
}
