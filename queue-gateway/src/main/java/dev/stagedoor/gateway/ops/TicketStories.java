package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.operators.Explanation;
import dev.stagedoor.gateway.waitingroom.operators.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Finds the ticket that an operator asks about, by its token or by its user. */
record TicketStories(Rooms rooms, QueueTokens tokens) {

    /** Whom an operator means. */
    sealed interface Asked {
        record OfTicket(Room room, Ticket ticket) implements Asked {}

        record OfUser(Room room, UserId user) implements Asked {}

        /** A token that we have not signed. */
        record NotOurs() implements Asked {}

        record NoSuchRoom() implements Asked {}

        /** Neither a token nor a room and a user. */
        record Unclear(String field, String must) implements Asked {}
    }

    Asked asked(Body body) {
        if (!body.text("token").isBlank()) {
            return tokens.verify(body.text("token").strip())
                    .map(this::ofTicket)
                    .orElseGet(Asked.NotOurs::new);
        }
        Optional<UserId> user = Whom.user(body.text("user").strip());
        if (user.isEmpty()) {
            return new Asked.Unclear("user", "be a user id, unless there is a token");
        }
        return RoomId.parse(body.text("room"))
                .flatMap(rooms::find)
                .<Asked>map(room -> new Asked.OfUser(room, user.get()))
                .orElseGet(Asked.NoSuchRoom::new);
    }

    Mono<TicketStory> tell(Room room, Ticket ticket) {
        return Mono.zip(room.controls().look(), room.controls().explain(ticket))
                .map(
                        both ->
                                TicketStory.of(
                                        room.id().name(),
                                        both.getT2(),
                                        both.getT1(),
                                        ticket.epoch() < both.getT1().epoch()));
    }

    Mono<TicketStory> tell(Room room, UserId user) {
        return Mono.zip(room.controls().look(), room.controls().explain(user))
                .map(both -> TicketStory.of(room.id().name(), both.getT2(), both.getT1(), false));
    }

    /** Whether there was a ticket to take away. */
    Mono<Boolean> revoke(Room room, Ticket ticket, Operator by) {
        return room.controls().revoke(ticket, by);
    }

    /** The one that the user holds now. */
    Mono<Boolean> revoke(Room room, UserId user, Operator by) {
        return Mono.zip(room.controls().look(), room.controls().explain(user))
                .flatMap(both -> revoke(room, held(both.getT2(), room, both.getT1().epoch()), by));
    }

    private static Ticket held(Explanation told, Room room, long epoch) {
        return new Ticket(room.id(), told.user(), told.holds(), epoch);
    }

    private Asked ofTicket(Ticket ticket) {
        return rooms.find(ticket.room())
                .<Asked>map(room -> new Asked.OfTicket(room, ticket))
                .orElseGet(Asked.NoSuchRoom::new);
    }
}
