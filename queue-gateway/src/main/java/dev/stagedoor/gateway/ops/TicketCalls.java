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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** What operators ask about single tickets, by token or by user, and taking them away. */
record TicketCalls(RoomCalls rooms, QueueTokens tokens) {

    private static final Logger LOG = LoggerFactory.getLogger(TicketCalls.class);

    /**
     * Whom an operator means.
     *
     * @param ticket null for the one that the user holds, or held last
     */
    private record Asked(Room room, UserId user, @Nullable Ticket ticket) {}

    Mono<TicketDocument> explain(ServerRequest request) {
        return Body.of(request)
                .map(this::asked)
                .flatMap(
                        asked ->
                                asked.map(TicketCalls::tell)
                                        .orElseGet(() -> Mono.just(TicketDocument.invalid())));
    }

    Mono<TicketDocument> revoke(ServerRequest request) {
        Operator by = OpsFilter.operator(request);
        return Body.of(request)
                .flatMap(body -> Mono.justOrEmpty(asked(body)))
                .switchIfEmpty(Refusal.because(Problem.invalid("token", "be one of ours")))
                .filterWhen(asked -> revoke(asked, by))
                .switchIfEmpty(Refusal.because(ProblemCode.TICKET_NOT_FOUND))
                .flatMap(TicketCalls::tell)
                .doOnNext(
                        it ->
                                LOG.info(
                                        "{}: ticket {} of {} revoked by {} from {}",
                                        it.whose().room(),
                                        it.whose().sequence(),
                                        it.whose().user(),
                                        by.name(),
                                        by.address()));
    }

    /** Empty for a token that we have not signed. */
    private Optional<Asked> asked(Body body) {
        String token = body.text("token").strip();
        return token.isEmpty()
                ? Optional.of(ofUser(body))
                : tokens.verify(token)
                        .map(it -> new Asked(rooms.find(Optional.of(it.room())), it.user(), it));
    }

    private Asked ofUser(Body body) {
        Problem noUser = Problem.invalid("user", "be a user id, unless there is a token");
        UserId user = Whom.user(body.text("user").strip()).orElseThrow(() -> new Refusal(noUser));
        return new Asked(rooms.find(RoomId.parse(body.text("room"))), user, null);
    }

    private static Mono<TicketDocument> tell(Asked one) {
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

    private static Mono<Boolean> revoke(Asked one, Operator by) {
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
