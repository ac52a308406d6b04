package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.share.Share;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.token.Guests;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Applicant;
import dev.stagedoor.gateway.visitor.Applicants;
import dev.stagedoor.gateway.visitor.Caller;
import dev.stagedoor.gateway.visitor.Clients;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.handler.codec.http.HttpMethod;

import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Gives whoever asks a place in a line, and a cookie to keep it in. */
@Component
public final class Joining {

    private final QueueTokens queueTokens;
    private final Applicants applicants;
    private final Credentials credentials;
    private final Clients clients;
    private final Guests guests;
    private final Shares shares;
    private final GatewayMeters meters;

    public Joining(
            QueueTokens queueTokens,
            Applicants applicants,
            Credentials credentials,
            Clients clients,
            Guests guests,
            Shares shares,
            GatewayMeters meters) {
        this.queueTokens = queueTokens;
        this.applicants = applicants;
        this.credentials = credentials;
        this.clients = clients;
        this.guests = guests;
        this.shares = shares;
        this.meters = meters;
    }

    /** What came of it. */
    public sealed interface Outcome {

        record Placed(Ticket ticket, Standing standing, boolean fresh, String token)
                implements Outcome {}

        record Refused(Problem problem) implements Outcome {}
    }

    public Mono<Outcome> join(ServerWebExchange exchange, Room room) {
        Caller caller = Caller.of(exchange);
        return shares.of(caller).mayJoin()
                ? applicants.of(caller).flatMap(comer -> unlessBanned(exchange, room, comer))
                : refused(Refusals.hasty());
    }

    private Mono<Outcome> unlessBanned(ServerWebExchange exchange, Room room, Applicant applicant) {
        return ban(Caller.of(exchange), room, applicant)
                .map(
                        ban -> {
                            meters.joined(room.id().name(), "banned");
                            return refused(Refusals.banned(ban));
                        })
                .orElseGet(() -> join(exchange, room, applicant));
    }

    /** Of the network, of whoever they say they are, or of whoever held the place they show. */
    private Optional<Bans.Ban> ban(Caller caller, Room room, Applicant applicant) {
        return room.lastView()
                .filter(view -> !view.bans().areNone())
                .flatMap(
                        view ->
                                view.bans()
                                        .of(
                                                clients.network(caller),
                                                user(caller, room, applicant),
                                                view.now()));
    }

    private Optional<UserId> user(Caller caller, Room room, Applicant applicant) {
        return applicant instanceof Applicant.Known(Bearer(UserId user, _))
                ? Optional.of(user)
                : applicants.ticket(caller, room).map(Ticket::user);
    }

    private Mono<Outcome> join(ServerWebExchange exchange, Room room, Applicant applicant) {
        return switch (applicant) {
            case Applicant.Known(Bearer(UserId user, _)) -> joinAs(exchange, room, user);
            case Applicant.Guest _ ->
                    applicants
                            .ticket(Caller.of(exchange), room)
                            .map(held -> joinAgain(exchange, room, held))
                            .orElseGet(() -> joinAsGuest(exchange, room));
            case Applicant.Refused(Problem problem) -> refused(problem);
        };
    }

    /** Whoever shows a ticket of their own keeps the place that it names, also after a loss. */
    private Mono<Outcome> joinAs(ServerWebExchange exchange, Room room, UserId user) {
        Optional<Ticket> own =
                applicants
                        .ticket(Caller.of(exchange), room)
                        .filter(held -> held.user().equals(user));
        return placed(exchange, room, own, own.map(room::joinAs).orElseGet(() -> room.join(user)));
    }

    /** A ticket is a place and says nothing of who comes: without the place it is worth nothing. */
    private Mono<Outcome> joinAgain(ServerWebExchange exchange, Room room, Ticket held) {
        Mono<Joined> again =
                room.joinAgain(held).filter(joined -> !(joined instanceof Joined.Over));
        return placed(exchange, room, Optional.of(held), again)
                .switchIfEmpty(Mono.defer(() -> joinAsGuest(exchange, room)));
    }

    private Mono<Outcome> joinAsGuest(ServerWebExchange exchange, Room room) {
        return room.settings().guests()
                ? placed(exchange, room, Optional.empty(), room.join(newGuest(Caller.of(exchange))))
                : refused(Problem.of(ProblemCode.GUESTS_NOT_ALLOWED));
    }

    private UserId newGuest(Caller caller) {
        return clients.network(caller).map(guests::from).orElseGet(UserId::random);
    }

    private Mono<Outcome> placed(
            ServerWebExchange exchange, Room room, Optional<Ticket> shown, Mono<Joined> joined) {
        Share share = shares.of(Caller.of(exchange));
        Mono<Outcome> joining =
                joined.doOnNext(place -> takenBy(share, place))
                        .map(place -> outcome(exchange, room, place))
                        .onErrorResume(LineUnavailable.class, away -> unavailable(room, away));
        return shown.filter(share::holds).isPresent() ? joining : oneMore(share, joining);
    }

    /** So that many at once do not take more than one after the other. */
    private static Mono<Outcome> oneMore(Share share, Mono<Outcome> joining) {
        return Mono.using(
                share::asksForPlace,
                mayHaveIt -> mayHaveIt ? joining : refused(Refusals.tooManyPlaces()),
                _ -> share.hasAskedForPlace());
    }

    private static void takenBy(Share share, Joined joined) {
        if (joined instanceof Joined.Placed(Ticket ticket, _, _)) {
            share.shows(ticket);
        }
    }

    private Outcome outcome(ServerWebExchange exchange, Room room, Joined joined) {
        return switch (joined) {
            case Joined.Placed(Ticket ticket, Standing standing, boolean fresh) -> {
                meters.joined(room.id().name(), fresh ? "new" : "held");
                String token = token(Caller.of(exchange), room, ticket);
                keep(exchange, room, token);
                yield new Outcome.Placed(ticket, standing, fresh, token);
            }
            case Joined.Full _ -> {
                meters.joined(room.id().name(), "full");
                yield new Outcome.Refused(Refusals.full());
            }
            case Joined.Refused _, Joined.Over _ -> {
                meters.joined(room.id().name(), "refused");
                yield new Outcome.Refused(Refusals.closed());
            }
        };
    }

    private String token(Caller caller, Room room, Ticket ticket) {
        return queueTokens.signAgain(ticket, applicants.token(caller, room));
    }

    /**
     * Not on the word of another site: its form would put a new place over the one that the visitor
     * has, which a browser does not show to that site's requests.
     */
    private void keep(ServerWebExchange exchange, Room room, String token) {
        Caller caller = Caller.of(exchange);
        boolean isForeignForm =
                "cross-site".equals(caller.header("Sec-Fetch-Site"))
                        && !caller.method().equals(HttpMethod.GET);
        if (!isForeignForm) {
            exchange.getResponse().addCookie(credentials.keep(caller, room.id(), token));
        }
    }

    private Mono<Outcome> unavailable(Room room, LineUnavailable away) {
        boolean isFull = away.redis() == RedisState.FULL;
        meters.joined(room.id().name(), isFull ? "full" : "unavailable");
        return refused(Refusals.of(away));
    }

    private static Mono<Outcome> refused(Problem problem) {
        return Mono.just(new Outcome.Refused(problem));
    }
}
