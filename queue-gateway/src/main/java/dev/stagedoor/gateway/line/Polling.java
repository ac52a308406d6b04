package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Problem;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Answers.StatusDocument;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.visitor.Identities.Identity;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.handler.codec.http.FullHttpResponse;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Tells those who ask where they stand: at once wherever this gateway knows, as it mostly does. */
@Component
public record Polling(
        Credentials credentials,
        QueueTokens tokens,
        Rooms rooms,
        Shares shares,
        Answers answers,
        GatewayMeters meters) {

    /** Empty where Redis has to be asked. */
    public Optional<FullHttpResponse> known(Caller caller) {
        return switch (place(caller)) {
            case Held.Place(Room room, Ticket ticket) ->
                    credentials.known(caller).flatMap(who -> known(caller, room, ticket, who));
            case Held.Nothing(Problem problem) -> Optional.of(answers.problem(caller, problem));
        };
    }

    private Optional<FullHttpResponse> known(
            Caller caller, Room room, Ticket ticket, Identity who) {
        return Credentials.isSomebodyElse(who, ticket)
                ? Optional.of(answers.problem(caller, Refusals.INVALID))
                : room.known(ticket).flatMap(standing -> told(caller, room, ticket, standing));
    }

    public Mono<FullHttpResponse> ask(Caller caller) {
        return held(caller)
                .flatMap(
                        held ->
                                switch (held) {
                                    case Held.Place(Room room, Ticket ticket) ->
                                            ask(caller, room, ticket);
                                    case Held.Nothing(Problem problem) ->
                                            Mono.just(answers.problem(caller, problem));
                                });
    }

    /** What somebody shows of a place in any line. */
    sealed interface Held {
        record Place(Room room, Ticket ticket) implements Held {}

        record Nothing(Problem problem) implements Held {}
    }

    /** The same, unless whoever shows it says that they are somebody else. */
    Mono<Held> held(Caller caller) {
        Held held = place(caller);
        return held instanceof Held.Place(_, Ticket ticket)
                ? credentials
                        .ask(caller)
                        .map(
                                who ->
                                        Credentials.isSomebodyElse(who, ticket)
                                                ? new Held.Nothing(Refusals.INVALID)
                                                : held)
                : Mono.just(held);
    }

    private Held place(Caller caller) {
        String token = credentials.queueToken(caller);
        if (token == null) {
            return new Held.Nothing(Refusals.MISSING);
        }
        return tokens.verify(token)
                .flatMap(
                        ticket ->
                                rooms.find(ticket.room())
                                        .<Held>map(room -> new Held.Place(room, ticket)))
                .orElseGet(() -> new Held.Nothing(Refusals.INVALID));
    }

    private Mono<FullHttpResponse> ask(Caller caller, Room room, Ticket ticket) {
        return room.standing(ticket)
                .map(
                        standing ->
                                told(caller, room, ticket, standing)
                                        .orElseThrow(() -> LineUnavailable.noView(room.id())))
                .onErrorResume(
                        LineUnavailable.class, away -> Mono.just(unavailable(caller, room, away)));
    }

    /** Empty where the last view is too old to be told. */
    private Optional<FullHttpResponse> told(
            Caller caller, Room room, Ticket ticket, Standing standing) {
        if (standing instanceof Standing.Ended(EndReason reason)) {
            meters.polled(room.id().name(), "ended");
            return Optional.of(answers.problem(caller, Refusals.gone(reason)));
        }
        return StatusDocument.of(ticket, standing, room, null)
                .map(
                        document -> {
                            shares.of(caller).shows(ticket);
                            boolean waits = standing instanceof Standing.Waiting;
                            meters.polled(room.id().name(), waits ? "waiting" : "active");
                            return answers.status(200, document, Optional.empty());
                        });
    }

    private FullHttpResponse unavailable(Caller caller, Room room, LineUnavailable away) {
        meters.polled(room.id().name(), "unavailable");
        return answers.problem(caller, Refusals.of(away));
    }
}
