package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.answer.StatusDocument;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** The calls of those who stand in line. */
public final class QueueCalls {

    private final Rooms rooms;
    private final QueueTokens queueTokens;
    private final Joining joining;
    private final Credentials credentials;
    private final Answers answers;
    private final GatewayProperties properties;
    private final GatewayMeters meters;

    public QueueCalls(
            Rooms rooms,
            QueueTokens queueTokens,
            Joining joining,
            Credentials credentials,
            Answers answers,
            GatewayProperties properties,
            GatewayMeters meters) {
        this.rooms = rooms;
        this.queueTokens = queueTokens;
        this.joining = joining;
        this.credentials = credentials;
        this.answers = answers;
        this.properties = properties;
        this.meters = meters;
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
                document(placed.ticket(), placed.standing(), room, Optional.of(placed.token())));
    }

    // ── poll ────────────────────────────────────────────────────────────────────────────────────

    public Mono<Void> poll(ServerWebExchange exchange) {
        Optional<String> token = credentials.queueToken(exchange.getRequest());
        if (token.isEmpty()) {
            return answers.problem(exchange, Refusals.missing());
        }
        Optional<Ticket> ticket = queueTokens.verify(token.get());
        Optional<Room> room = ticket.map(Ticket::room).flatMap(rooms::find);
        return room.isEmpty()
                ? answers.problem(exchange, Refusals.invalid())
                : poll(exchange, room.get(), ticket.orElseThrow());
    }

    private Mono<Void> poll(ServerWebExchange exchange, Room room, Ticket ticket) {
        return room.standing(ticket)
                .flatMap(standing -> tell(exchange, room, ticket, standing))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> {
                            meters.polled(room.id().name(), "unavailable");
                            return answers.problem(exchange, Refusals.of(away));
                        });
    }

    private Mono<Void> tell(
            ServerWebExchange exchange, Room room, Ticket ticket, Standing standing) {
        meters.polled(room.id().name(), outcome(standing));
        return standing instanceof Standing.Ended(EndReason reason)
                ? answers.problem(exchange, Refusals.gone(reason))
                : answers.status(exchange, 200, document(ticket, standing, room, Optional.empty()));
    }

    /** What to tell somebody who polls, unless their place has ended or the view is too old. */
    public Optional<StatusDocument> polled(Room room, Ticket ticket, Standing standing) {
        if (standing instanceof Standing.Ended || room.view().isEmpty()) {
            return Optional.empty();
        }
        meters.polled(room.id().name(), outcome(standing));
        return Optional.of(document(ticket, standing, room, Optional.empty()));
    }

    StatusDocument document(Ticket ticket, Standing standing, Room room, Optional<String> token) {
        RoomView view = room.view().orElseThrow(() -> LineUnavailable.noView(room.id()));
        return StatusDocument.of(
                ticket, standing, view, properties.pollBudget(), token.orElse(null));
    }

    private static String outcome(Standing standing) {
        return switch (standing) {
            case Standing.Waiting _ -> "waiting";
            case Standing.Active _ -> "active";
            case Standing.Ended _ -> "ended";
        };
    }

    // ── leave ───────────────────────────────────────────────────────────────────────────────────

    /** Whoever has no place any more, or never had one, has left all the same. */
    Mono<Void> leave(ServerWebExchange exchange) {
        Optional<String> token = credentials.queueToken(exchange.getRequest());
        if (token.isEmpty()) {
            return answers.problem(exchange, Refusals.missing());
        }
        Optional<Ticket> ticket = queueTokens.verify(token.get());
        return ticket.isEmpty()
                ? answers.problem(exchange, Refusals.invalid())
                : leave(exchange, ticket.get());
    }

    private Mono<Void> leave(ServerWebExchange exchange, Ticket ticket) {
        exchange.getResponse().addCookie(credentials.forget(exchange.getRequest(), ticket.room()));
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
