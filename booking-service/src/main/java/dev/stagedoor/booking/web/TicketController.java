package dev.stagedoor.booking.web;

import dev.stagedoor.booking.reservation.OwnTickets;
import dev.stagedoor.booking.reservation.OwnTickets.OwnTicket;
import dev.stagedoor.booking.store.Transactions;
import dev.stagedoor.common.UserId;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.util.List;

@RestController
final class TicketController {

    private static final int NEWEST = 200;

    private final OwnTickets own;

    TicketController(OwnTickets own) {
        this.own = own;
    }

    @GetMapping("/api/v1/tickets")
    Mono<ResponseEntity<Tickets>> newest(@RequestAttribute(PassFilter.USER) UserId user) {
        return Transactions.reading(own.newest(user, NEWEST))
                .map(Tickets::new)
                .map(ReservationController::personal);
    }

    record Tickets(List<OwnTicket> tickets) {}
}
