package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.operators.Explanation;
import dev.stagedoor.gateway.waitingroom.operators.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** What operators ask about single tickets, by token or by user, and taking them away. */
record TicketCalls(Rooms rooms, QueueTokens tokens, OpsAnswers answers) {

    private static final Logger LOG = LoggerFactory.getLogger(TicketCalls.class);

    /** Whom an operator means. */
    private sealed interface Asked {
        record OfTicket(Room room, Ticket ticket) implements Asked {}

        record OfUser(Room room, UserId user) implements Asked {}

        /** A token that we have not signed. */
        record NotOurs() implements Asked {}

        /** Of no room, or neither a token nor a room and a user. */
        record Unclear(Problem problem) implements Asked {}
    }

    Mono<ServerResponse> explain(ServerRequest request) {
        return Body.of(request).map(this::asked).flatMap(asked -> explain(request, asked));
    }

    Mono<ServerResponse> revoke(ServerRequest request) {
        return Body.of(request).map(this::asked).flatMap(asked -> revoke(request, asked));
    }

    private Asked asked(Body body) {
        String token = body.text("token").strip();
        if (!token.isEmpty()) {
            return tokens.verify(token).map(this::ofTicket).orElseGet(Asked.NotOurs::new);
        }
        Optional<UserId> user = Whom.user(body.text("user").strip());
        return user.isEmpty()
                ? new Asked.Unclear(
                        OpsAnswers.wrong("user", "be a user id, unless there is a token"))
                : RoomId.parse(body.text("room"))
                        .flatMap(rooms::find)
                        .<Asked>map(room -> new Asked.OfUser(room, user.get()))
                        .orElseGet(TicketCalls::noSuchRoom);
    }

    private Asked ofTicket(Ticket ticket) {
        return rooms.find(ticket.room())
                .<Asked>map(room -> new Asked.OfTicket(room, ticket))
                .orElseGet(TicketCalls::noSuchRoom);
    }

    private static Asked noSuchRoom() {
        return new Asked.Unclear(Problem.of(ProblemCode.ROOM_NOT_FOUND));
    }

    private Mono<ServerResponse> explain(ServerRequest request, Asked asked) {
        return switch (asked) {
            case Asked.OfTicket(var room, var ticket) -> tell(room, ticket).flatMap(answers::ok);
            case Asked.OfUser(var room, var user) -> tell(room, user).flatMap(answers::ok);
            case Asked.NotOurs _ -> answers.ok(TicketStory.invalid());
            case Asked.Unclear(Problem problem) -> answers.problem(request, problem);
        };
    }

    private Mono<ServerResponse> revoke(ServerRequest request, Asked asked) {
        Operator by = OpsFilter.operator(request);
        return switch (asked) {
            case Asked.OfTicket(var room, var ticket) ->
                    room.controls()
                            .revoke(ticket, by)
                            .flatMap(done -> revoked(request, done, tell(room, ticket)));
            case Asked.OfUser(var room, var user) ->
                    revoke(room, user, by)
                            .flatMap(done -> revoked(request, done, tell(room, user)));
            case Asked.NotOurs _ ->
                    answers.problem(request, OpsAnswers.wrong("token", "be one of ours"));
            case Asked.Unclear(Problem problem) -> answers.problem(request, problem);
        };
    }

    private Mono<ServerResponse> revoked(
            ServerRequest request, boolean done, Mono<TicketStory> story) {
        if (!done) {
            return answers.problem(request, Problem.of(ProblemCode.TICKET_NOT_FOUND));
        }
        Operator by = OpsFilter.operator(request);
        return story.doOnNext(
                        it ->
                                LOG.info(
                                        "{}: ticket {} of {} revoked by {} from {}",
                                        it.whose().room(),
                                        it.whose().sequence(),
                                        it.whose().user(),
                                        by.name(),
                                        by.address()))
                .flatMap(answers::ok);
    }

    private static Mono<TicketStory> tell(Room room, Ticket ticket) {
        return Mono.zip(room.controls().look(), room.controls().explain(ticket))
                .map(
                        both ->
                                TicketStory.of(
                                        room.id().name(),
                                        both.getT2(),
                                        both.getT1(),
                                        ticket.epoch() < both.getT1().epoch()));
    }

    private static Mono<TicketStory> tell(Room room, UserId user) {
        return Mono.zip(room.controls().look(), room.controls().explain(user))
                .map(both -> TicketStory.of(room.id().name(), both.getT2(), both.getT1(), false));
    }

    /** The one that the user holds now; whether there was any. */
    static Mono<Boolean> revoke(Room room, UserId user, Operator by) {
        return Mono.zip(room.controls().look(), room.controls().explain(user))
                .flatMap(
                        both ->
                                room.controls()
                                        .revoke(
                                                held(both.getT2(), room, both.getT1().epoch()),
                                                by));
    }

    private static Ticket held(Explanation told, Room room, long epoch) {
        return new Ticket(room.id(), told.user(), told.holds(), epoch);
    }
}
