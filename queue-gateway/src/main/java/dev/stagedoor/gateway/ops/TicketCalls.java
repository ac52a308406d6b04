package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.ops.VisitorCalls.Whom;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Controls;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.jspecify.annotations.Nullable;
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
        /**
         * @param ticket null for the one that the user holds, or held last
         */
        record One(Room room, UserId user, @Nullable Ticket ticket) implements Asked {}

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
                        Problem.invalid("user", "be a user id, unless there is a token"))
                : RoomId.parse(body.text("room"))
                        .flatMap(rooms::find)
                        .<Asked>map(room -> new Asked.One(room, user.get(), null))
                        .orElseGet(TicketCalls::noSuchRoom);
    }

    private Asked ofTicket(Ticket ticket) {
        return rooms.find(ticket.room())
                .<Asked>map(room -> new Asked.One(room, ticket.user(), ticket))
                .orElseGet(TicketCalls::noSuchRoom);
    }

    private static Asked noSuchRoom() {
        return new Asked.Unclear(Problem.of(ProblemCode.ROOM_NOT_FOUND));
    }

    private Mono<ServerResponse> explain(ServerRequest request, Asked asked) {
        return switch (asked) {
            case Asked.One one -> tell(one).flatMap(answers::ok);
            case Asked.NotOurs _ -> answers.ok(TicketDocument.invalid());
            case Asked.Unclear(Problem problem) -> answers.problem(request, problem);
        };
    }

    private Mono<ServerResponse> revoke(ServerRequest request, Asked asked) {
        Operator by = OpsFilter.operator(request);
        return switch (asked) {
            case Asked.One one ->
                    revoke(one, by).flatMap(done -> revoked(request, done, tell(one)));
            case Asked.NotOurs _ ->
                    answers.problem(request, Problem.invalid("token", "be one of ours"));
            case Asked.Unclear(Problem problem) -> answers.problem(request, problem);
        };
    }

    private Mono<ServerResponse> revoked(
            ServerRequest request, boolean done, Mono<TicketDocument> story) {
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

    private static Mono<TicketDocument> tell(Asked.One one) {
        Ticket ticket = one.ticket();
        Controls controls = one.room().controls();
        return controls.look()
                .zipWhen(
                        _ -> controls.explain(one.user(), ticket),
                        (view, told) ->
                                TicketDocument.of(
                                        one.room().id().name(),
                                        told,
                                        view,
                                        ticket != null && view.mayHaveLost(ticket)));
    }

    private static Mono<Boolean> revoke(Asked.One one, Operator by) {
        return one.ticket() == null
                ? revoke(one.room(), one.user(), by)
                : one.room().controls().revoke(one.ticket(), by);
    }

    /** The one that the user holds now; whether there was any. */
    static Mono<Boolean> revoke(Room room, UserId user, Operator by) {
        Controls controls = room.controls();
        return controls.look()
                .zipWhen(
                        _ -> controls.explain(user, null),
                        (view, told) -> new Ticket(room.id(), user, told.holds(), view.epoch()))
                .flatMap(held -> controls.revoke(held, by));
    }
}
