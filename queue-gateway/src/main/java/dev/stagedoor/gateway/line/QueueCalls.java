package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Caller;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** The calls of those who stand in line. */
@Component
final class QueueCalls {

    private final Rooms rooms;
    private final QueueTokens queueTokens;
    private final Joining joining;
    private final Credentials credentials;
    private final Answers answers;
    private final Polling polling;

    QueueCalls(
            Rooms rooms,
            QueueTokens queueTokens,
            Joining joining,
            Credentials credentials,
            Answers answers,
            Polling polling) {
        this.rooms = rooms;
        this.queueTokens = queueTokens;
        this.joining = joining;
        this.credentials = credentials;
        this.answers = answers;
        this.polling = polling;
    }

    // ── join ────────────────────────────────────────────────────────────────────────────────────

    Mono<Void> join(ServerWebExchange exchange, RoomId roomId) {
        return rooms.find(roomId)
                .map(room -> join(exchange, room))
                .orElseGet(() -> answers.problem(exchange, Problem.of(ProblemCode.ROOM_NOT_FOUND)));
    }

    private Mono<Void> join(ServerWebExchange exchange, Room room) {
        return joining.join(exchange, room).flatMap(outcome -> answer(exchange, room, outcome));
    }

    private Mono<Void> answer(ServerWebExchange exchange, Room room, Joining.Outcome outcome) {
        return switch (outcome) {
            case Joining.Outcome.Placed placed -> placed(exchange, room, placed);
            case Joining.Outcome.Refused(Problem problem) -> answers.problem(exchange, problem);
        };
    }

    private Mono<Void> placed(
            ServerWebExchange exchange, Room room, Joining.Outcome.Placed placed) {
        HttpStatus status = placed.fresh() ? HttpStatus.CREATED : HttpStatus.OK;
        return answers.status(
                exchange,
                status.value(),
                polling.document(placed.ticket(), placed.standing(), room, placed.token()));
    }

    // ── leave ───────────────────────────────────────────────────────────────────────────────────

    /** Whoever has no place any more, or never had one, has left all the same. */
    Mono<Void> leave(ServerWebExchange exchange) {
        String token = credentials.queueToken(Caller.of(exchange));
        if (token == null) {
            return answers.problem(exchange, Refusals.missing());
        }
        Optional<Ticket> ticket = queueTokens.verify(token);
        return ticket.isEmpty()
                ? answers.problem(exchange, Refusals.invalid())
                : leave(exchange, ticket.get());
    }

    private Mono<Void> leave(ServerWebExchange exchange, Ticket ticket) {
        exchange.getResponse().addCookie(credentials.forget(Caller.of(exchange), ticket.room()));
        return Mono.justOrEmpty(rooms.find(ticket.room()))
                .flatMap(room -> room.end(ticket, EndReason.LEFT))
                .then(Mono.defer(() -> noContent(exchange)))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> answers.problem(exchange, Refusals.of(away)));
    }

    private static Mono<Void> noContent(ServerWebExchange exchange) {
        exchange.getResponse().setStatusCode(HttpStatus.NO_CONTENT);
        return exchange.getResponse().setComplete();
    }
}
