package dev.stagedoor.gateway.web;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.access.QueueTokens;
import dev.stagedoor.gateway.forward.TrustedProxies;
import dev.stagedoor.gateway.identity.Identities;
import dev.stagedoor.gateway.identity.Identity;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Room;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Gives whoever asks a place in a line, and a cookie to keep it in. */
final class Joining {

    private final QueueTokens queueTokens;
    private final Identities identities;
    private final TrustedProxies proxies;
    private final GatewayMeters meters;

    Joining(
            QueueTokens queueTokens,
            Identities identities,
            TrustedProxies proxies,
            GatewayMeters meters) {
        this.queueTokens = queueTokens;
        this.identities = identities;
        this.proxies = proxies;
        this.meters = meters;
    }

    /** What came of it. */
    sealed interface Outcome {

        record Placed(Ticket ticket, Standing standing, boolean fresh, String token)
                implements Outcome {}

        record Refused(Problem problem) implements Outcome {}
    }

    /** Who asks for a place: somebody known, somebody who shows the place they have, or anybody. */
    private sealed interface Applicant {

        record Known(UserId user) implements Applicant {}

        record Guest() implements Applicant {}

        record Forged() implements Applicant {}

        /** Who vouches for them cannot be asked at the moment. */
        record Unknowable() implements Applicant {}
    }

    Mono<Outcome> join(ServerWebExchange exchange, Room room) {
        return applicant(exchange.getRequest(), room)
                .flatMap(applicant -> join(exchange, room, applicant));
    }

    private Mono<Outcome> join(ServerWebExchange exchange, Room room, Applicant applicant) {
        return switch (applicant) {
            case Applicant.Known(UserId user) -> join(exchange, room, user);
            case Applicant.Guest _ when room.settings().guests() ->
                    join(exchange, room, UserId.random());
            case Applicant.Guest _ -> refused(Problem.of(ProblemCode.GUESTS_NOT_ALLOWED));
            case Applicant.Forged _ -> refused(Problem.of(ProblemCode.ACCESS_TOKEN_INVALID));
            case Applicant.Unknowable _ -> refused(Refusals.identityUnavailable());
        };
    }

    /** The ticket of this room that the request shows, whatever has become of it. */
    Optional<Ticket> ticket(ServerHttpRequest request, Room room) {
        return Credentials.queueToken(request, room.id())
                .flatMap(queueTokens::verify)
                .filter(ticket -> ticket.room().equals(room.id()));
    }

    boolean isSecure(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        return proxies.isSecure(
                request.getURI().getScheme(),
                request.getRemoteAddress(),
                request.getHeaders().getFirst("X-Forwarded-Proto"));
    }

    /** A program's access token must be good; a browser's old cookie is as good as none. */
    private Mono<Applicant> applicant(ServerHttpRequest request, Room room) {
        return Credentials.accessToken(request)
                .map(token -> identities.identify(token).map(Joining::applicant))
                .or(
                        () ->
                                Credentials.accessCookie(request)
                                        .map(cookie -> ofCookie(cookie, request, room)))
                .orElseGet(() -> Mono.just(holder(request, room)));
    }

    private Mono<Applicant> ofCookie(String cookie, ServerHttpRequest request, Room room) {
        return identities
                .identify(cookie)
                .map(Joining::applicant)
                .map(found -> found instanceof Applicant.Forged ? holder(request, room) : found);
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
        return ticket(request, room)
                .<Applicant>map(held -> new Applicant.Known(held.user()))
                .orElseGet(Applicant.Guest::new);
    }

    private Mono<Outcome> join(ServerWebExchange exchange, Room room, UserId user) {
        return placeOf(exchange.getRequest(), room, user)
                .map(joined -> outcome(exchange, room, joined))
                .onErrorResume(LineUnavailable.class, _ -> unavailable(room));
    }

    /** Whoever shows a ticket of their own keeps the place that it names, also after a loss. */
    private Mono<Joined> placeOf(ServerHttpRequest request, Room room, UserId user) {
        return ticket(request, room)
                .filter(held -> held.user().equals(user))
                .map(room::joinAgain)
                .orElseGet(() -> room.join(user));
    }

    private Outcome outcome(ServerWebExchange exchange, Room room, Joined joined) {
        return switch (joined) {
            case Joined.Placed(Ticket ticket, Standing standing, boolean fresh) -> {
                meters.joined(room.id().name(), fresh ? "new" : "held");
                String token = queueTokens.sign(ticket);
                keep(exchange, room, token);
                yield new Outcome.Placed(ticket, standing, fresh, token);
            }
            case Joined.Full _ -> {
                meters.joined(room.id().name(), "full");
                yield new Outcome.Refused(Refusals.full());
            }
            case Joined.Refused _ -> {
                meters.joined(room.id().name(), "refused");
                yield new Outcome.Refused(Refusals.closed());
            }
        };
    }

    /**
     * Not on the word of another site: its form would put a new place over the one that the visitor
     * has, which a browser does not show to that site's requests.
     */
    private void keep(ServerWebExchange exchange, Room room, String token) {
        String site = exchange.getRequest().getHeaders().getFirst("Sec-Fetch-Site");
        boolean isForeignForm =
                "cross-site".equals(site)
                        && !exchange.getRequest().getMethod().name().equals("GET");
        if (!isForeignForm) {
            exchange.getResponse()
                    .addCookie(Credentials.keep(isSecure(exchange), room.id(), token));
        }
    }

    private Mono<Outcome> unavailable(Room room) {
        meters.joined(room.id().name(), "unavailable");
        return refused(Refusals.unavailable());
    }

    private static Mono<Outcome> refused(Problem problem) {
        return Mono.just(new Outcome.Refused(problem));
    }
}
