package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.share.Share;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Applicant;
import dev.stagedoor.gateway.visitor.Applicants;
import dev.stagedoor.gateway.visitor.Caller;
import dev.stagedoor.gateway.visitor.Credentials;
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
    private final Shares shares;
    private final GatewayMeters meters;

    public Joining(
            QueueTokens queueTokens,
            Applicants applicants,
            Credentials credentials,
            Shares shares,
            GatewayMeters meters) {
        this.queueTokens = queueTokens;
        this.applicants = applicants;
        this.credentials = credentials;
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
                ? applicants.of(caller, room).flatMap(comer -> join(exchange, room, comer))
                : refused(Refusals.hasty());
    }

    private Mono<Outcome> join(ServerWebExchange exchange, Room room, Applicant applicant) {
        return switch (applicant) {
            case Applicant.Known(UserId user) -> join(exchange, room, user);
            case Applicant.Guest _ when room.settings().guests() ->
                    join(exchange, room, UserId.random());
            case Applicant.Guest _ -> refused(Problem.of(ProblemCode.GUESTS_NOT_ALLOWED));
            case Applicant.Refused(Problem problem) -> refused(problem);
        };
    }

    /** Whoever shows a ticket of their own keeps the place that it names, also after a loss. */
    private Mono<Outcome> join(ServerWebExchange exchange, Room room, UserId user) {
        Caller caller = Caller.of(exchange);
        Share share = shares.of(caller);
        Optional<Ticket> shown =
                applicants.ticket(caller, room).filter(held -> held.user().equals(user));
        Mono<Joined> place = shown.map(room::joinAgain).orElseGet(() -> room.join(user));
        Mono<Outcome> joining =
                place.doOnNext(joined -> takenBy(share, joined))
                        .map(joined -> outcome(exchange, room, joined))
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
            case Joined.Refused _ -> {
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
