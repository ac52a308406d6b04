package dev.stagedoor.gateway.web;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.access.QueueTokens;
import dev.stagedoor.gateway.forward.TrustedProxies;
import dev.stagedoor.gateway.identity.Identities;
import dev.stagedoor.gateway.identity.Identity;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Room;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Rooms;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** The calls of those who stand in line. */
final class QueueCalls {

    private final Rooms rooms;
    private final QueueTokens queueTokens;
    private final Identities identities;
    private final Answers answers;
    private final TrustedProxies proxies;
    private final GatewayProperties properties;
    private final GatewayMeters meters;

    QueueCalls(
            Rooms rooms,
            QueueTokens queueTokens,
            Identities identities,
            Answers answers,
            TrustedProxies proxies,
            GatewayProperties properties,
            GatewayMeters meters) {
        this.rooms = rooms;
        this.queueTokens = queueTokens;
        this.identities = identities;
        this.answers = answers;
        this.proxies = proxies;
        this.properties = properties;
        this.meters = meters;
    }

    /** Who asks for a place: somebody known, somebody who shows the place they have, or anybody. */
    private sealed interface Applicant {
        record Known(UserId user) implements Applicant {}

        record Guest() implements Applicant {}

        record Forged() implements Applicant {}

        /** Who vouches for them cannot be asked at the moment. */
        record Unknowable() implements Applicant {}
    }

    // ── join ────────────────────────────────────────────────────────────────────────────────────

    Mono<Void> join(ServerWebExchange exchange, RoomId roomId) {
        return rooms.find(roomId)
                .map(room -> join(exchange, room))
                .orElseGet(() -> answers.problem(exchange, Problem.of(ProblemCode.ROOM_NOT_FOUND)));
    }

    private Mono<Void> join(ServerWebExchange exchange, Room room) {
        return applicant(exchange.getRequest(), room)
                .flatMap(applicant -> join(exchange, room, applicant));
    }

    private Mono<Void> join(ServerWebExchange exchange, Room room, Applicant applicant) {
        return switch (applicant) {
            case Applicant.Known(UserId user) -> join(exchange, room, user);
            case Applicant.Guest _ when room.settings().guests() ->
                    join(exchange, room, UserId.random());
            case Applicant.Guest _ ->
                    answers.problem(exchange, Problem.of(ProblemCode.GUESTS_NOT_ALLOWED));
            case Applicant.Forged _ ->
                    answers.problem(exchange, Problem.of(ProblemCode.ACCESS_TOKEN_INVALID));
            case Applicant.Unknowable _ ->
                    answers.problem(exchange, Refusals.identityUnavailable());
        };
    }

    private Mono<Applicant> applicant(ServerHttpRequest request, Room room) {
        return Credentials.accessToken(request)
                .map(token -> identities.identify(token).map(QueueCalls::applicant))
                .orElseGet(() -> Mono.just(holder(request, room)));
    }

    private static Applicant applicant(Identity identity) {
        return switch (identity) {
            case Identity.Known(UserId user) -> new Applicant.Known(user);
            case Identity.Refused _ -> new Applicant.Forged();
            case Identity.Unavailable _ -> new Applicant.Unknowable();
        };
    }

    /** Of the place they have, if they have one. */
    private Applicant holder(ServerHttpRequest request, Room room) {
        return Credentials.queueToken(request, room.id())
                .flatMap(queueTokens::verify)
                .filter(ticket -> ticket.room().equals(room.id()))
                .<Applicant>map(ticket -> new Applicant.Known(ticket.user()))
                .orElseGet(Applicant.Guest::new);
    }

    private Mono<Void> join(ServerWebExchange exchange, Room room, UserId user) {
        return placeOf(exchange.getRequest(), room, user)
                .flatMap(joined -> answer(exchange, room, joined))
                .onErrorResume(
                        LineUnavailable.class,
                        _ -> {
                            meters.joined(room.id().name(), "unavailable");
                            return answers.problem(exchange, Refusals.unavailable());
                        });
    }

    /** Whoever shows a ticket of their own keeps the place that it names, also after a loss. */
    private Mono<Joined> placeOf(ServerHttpRequest request, Room room, UserId user) {
        return Credentials.queueToken(request, room.id())
                .flatMap(queueTokens::verify)
                .filter(ticket -> ticket.room().equals(room.id()) && ticket.user().equals(user))
                .map(room::joinAgain)
                .orElseGet(() -> room.join(user));
    }

    private Mono<Void> answer(ServerWebExchange exchange, Room room, Joined joined) {
        return switch (joined) {
            case Joined.Placed placed -> {
                meters.joined(room.id().name(), placed.fresh() ? "new" : "held");
                yield placed(exchange, room, placed);
            }
            case Joined.Full _ -> {
                meters.joined(room.id().name(), "full");
                yield answers.problem(exchange, Refusals.full());
            }
            case Joined.Refused _ -> {
                meters.joined(room.id().name(), "refused");
                yield answers.problem(exchange, Refusals.closed());
            }
        };
    }

    private Mono<Void> placed(ServerWebExchange exchange, Room room, Joined.Placed placed) {
        Ticket ticket = placed.ticket();
        String token = queueTokens.sign(ticket);
        exchange.getResponse().addCookie(Credentials.keep(isSecure(exchange), room.id(), token));
        HttpStatus status = placed.fresh() ? HttpStatus.CREATED : HttpStatus.OK;
        return answers.status(
                exchange,
                status.value(),
                document(ticket, placed.standing(), room, Optional.of(token)));
    }

    private boolean isSecure(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        return proxies.isSecure(
                request.getURI().getScheme(),
                request.getRemoteAddress(),
                request.getHeaders().getFirst("X-Forwarded-Proto"));
    }

    // ── poll ────────────────────────────────────────────────────────────────────────────────────

    Mono<Void> poll(ServerWebExchange exchange) {
        Optional<String> token = Credentials.queueToken(exchange.getRequest());
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
                        _ -> {
                            meters.polled(room.id().name(), "unavailable");
                            return answers.problem(exchange, Refusals.unavailable());
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
    Optional<StatusDocument> polled(Room room, Ticket ticket, Standing standing) {
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
        Optional<String> token = Credentials.queueToken(exchange.getRequest());
        if (token.isEmpty()) {
            return answers.problem(exchange, Refusals.missing());
        }
        Optional<Ticket> ticket = queueTokens.verify(token.get());
        return ticket.isEmpty()
                ? answers.problem(exchange, Refusals.invalid())
                : leave(exchange, ticket.get());
    }

    private Mono<Void> leave(ServerWebExchange exchange, Ticket ticket) {
        exchange.getResponse().addCookie(Credentials.forget(isSecure(exchange), ticket.room()));
        return Mono.justOrEmpty(rooms.find(ticket.room()))
                .flatMap(room -> room.end(ticket, EndReason.LEFT))
                .then(Mono.defer(() -> noContent(exchange)))
                .onErrorResume(
                        LineUnavailable.class,
                        _ -> answers.problem(exchange, Refusals.unavailable()));
    }

    private static Mono<Void> noContent(ServerWebExchange exchange) {
        exchange.getResponse().setStatusCode(HttpStatus.NO_CONTENT);
        return exchange.getResponse().setComplete();
    }
}
