package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.answer.StatusDocument;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The calls of those who stand in line. */
@Component
public final class QueueCalls {

    private static final RoomId MAIN = new RoomId("main");

    private final Rooms rooms;
    private final QueueTokens queueTokens;
    private final Joining joining;
    private final Credentials credentials;
    private final Answers answers;

    QueueCalls(
            Rooms rooms,
            QueueTokens queueTokens,
            Joining joining,
            Credentials credentials,
            Answers answers) {
        this.rooms = rooms;
        this.queueTokens = queueTokens;
        this.joining = joining;
        this.credentials = credentials;
        this.answers = answers;
    }

    // ── join ────────────────────────────────────────────────────────────────────────────────────

    /** What somebody is told who wants a place. */
    public sealed interface Told {

        /**
         * @param fresh whether it is new, or the one that they held
         */
        record Place(boolean fresh, StatusDocument document, Optional<String> cookie)
                implements Told {}

        record Refused(Problem problem) implements Told {}
    }

    /**
     * @param name what is said to be the room, whatever it is; null for the only one, or the one
     *     called main
     */
    public Mono<Told> join(Caller caller, @Nullable Object name) {
        return (name == null ? onlyRoom() : named(name))
                .map(room -> join(caller, room))
                .orElseGet(() -> Mono.just(new Told.Refused(noSuchRoom(name))));
    }

    private Optional<Room> onlyRoom() {
        return rooms.all().size() == 1 ? rooms.all().stream().findFirst() : rooms.find(MAIN);
    }

    private Optional<Room> named(Object name) {
        return name instanceof String text
                ? RoomId.parse(text).flatMap(rooms::find)
                : Optional.empty();
    }

    private static Problem noSuchRoom(@Nullable Object name) {
        return name == null
                ? Problem.of(ProblemCode.VALIDATION_FAILED)
                        .with("errors", List.of(Map.of("field", "room", "message", "is needed")))
                : Problem.of(ProblemCode.ROOM_NOT_FOUND);
    }

    private Mono<Told> join(Caller caller, Room room) {
        return joining.join(caller, room)
                .map(outcome -> told(room, outcome))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> Mono.just(new Told.Refused(Refusals.of(away))));
    }

    private Told told(Room room, Joining.Outcome outcome) {
        return switch (outcome) {
            case Joining.Outcome.Placed(
                            Ticket ticket,
                            Standing standing,
                            boolean fresh,
                            String token,
                            Optional<String> cookie) ->
                    new Told.Place(
                            fresh,
                            StatusDocument.of(ticket, standing, room, token)
                                    .orElseThrow(() -> LineUnavailable.noView(room.id())),
                            cookie);
            case Joining.Outcome.Refused(Problem problem) -> new Told.Refused(problem);
        };
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
        Answers.addCookie(exchange, credentials.forget(Caller.of(exchange), ticket.room()));
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
