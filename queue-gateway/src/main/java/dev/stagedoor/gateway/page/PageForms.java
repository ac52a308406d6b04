package dev.stagedoor.gateway.page;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.visitor.Applicants;
import dev.stagedoor.gateway.visitor.Caller;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.core.codec.DecodingException;
import org.springframework.stereotype.Component;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Optional;

/**
 * The buttons of the waiting-room page, which are forms so that they need no script. They act on
 * the cookie only: a browser does not send it with the form of another site, so that no site can
 * make a visitor lose a place.
 */
@Component
final class PageForms {

    private final Rooms rooms;
    private final Applicants applicants;
    private final WaitingPage page;
    private final Answers answers;

    PageForms(Rooms rooms, Applicants applicants, WaitingPage page, Answers answers) {
        this.rooms = rooms;
        this.applicants = applicants;
        this.page = page;
        this.answers = answers;
    }

    /** Gives the place back. The cookie stays, for the page to know that it was left. */
    Mono<Void> leave(ServerWebExchange exchange) {
        return form(exchange).flatMap(form -> leave(exchange, form));
    }

    Mono<Void> join(ServerWebExchange exchange) {
        return form(exchange).flatMap(form -> join(exchange, form));
    }

    /** The framework does not say that it is the form's fault if it cannot be decoded. */
    private static Mono<MultiValueMap<String, String>> form(ServerWebExchange exchange) {
        return exchange.getFormData()
                .onErrorMap(
                        IllegalArgumentException.class,
                        error -> new DecodingException("not a form", error));
    }

    private Mono<Void> leave(ServerWebExchange exchange, MultiValueMap<String, String> form) {
        Optional<Room> room = room(form);
        if (room.isEmpty()) {
            return answers.problem(exchange, Problem.of(ProblemCode.ROOM_NOT_FOUND));
        }
        Optional<Ticket> ticket = applicants.ticket(Caller.of(exchange), room.get());
        return Mono.justOrEmpty(ticket)
                .flatMap(held -> room.get().end(held, EndReason.LEFT))
                .onErrorResume(LineUnavailable.class, _ -> Mono.empty())
                .then(Mono.defer(() -> WaitingPage.goTo(exchange, back(form))));
    }

    /** Whoever shows no ticket of the room is asked to navigate like everybody else. */
    private Mono<Void> join(ServerWebExchange exchange, MultiValueMap<String, String> form) {
        Optional<Room> room = room(form);
        if (room.isEmpty()) {
            return answers.problem(exchange, Problem.of(ProblemCode.ROOM_NOT_FOUND));
        }
        return applicants.ticket(Caller.of(exchange), room.get()).isPresent()
                ? page.joinAgain(exchange, room.get(), back(form))
                : WaitingPage.goTo(exchange, back(form));
    }

    private Optional<Room> room(MultiValueMap<String, String> form) {
        return Optional.ofNullable(form.getFirst("room"))
                .flatMap(RoomId::parse)
                .flatMap(rooms::find);
    }

    private static String back(MultiValueMap<String, String> form) {
        return Navigation.here(Optional.ofNullable(form.getFirst("back")).orElse("/"));
    }
}
