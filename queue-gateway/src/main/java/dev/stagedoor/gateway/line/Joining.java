package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Answers.StatusDocument;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.token.Guests;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.visitor.Identities.Identity;
import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Network;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Gives whoever asks a place in a line, and a cookie to keep it in. */
@Component
public record Joining(
        Rooms rooms,
        QueueTokens queueTokens,
        Credentials credentials,
        TrustedProxies proxies,
        Guests guests,
        Shares shares,
        Answers answers,
        GatewayMeters meters) {

    private static final RoomId MAIN = new RoomId("main");
    private static final int LONGEST_BODY = 256;

    /** As our pages, and programs that write JSON without much ado, name a room. */
    private static final Pattern BODY =
            Pattern.compile("(?:\\{ *(?:\"room\" *: *\"([\\w-]*)\" *)?})?");

    /** What came of it. */
    public sealed interface Outcome {

        /**
         * @param fresh whether it is new, or the one that they held
         * @param cookie to keep the token in, unless another site has asked
         */
        record Placed(
                Room room,
                Ticket ticket,
                Standing standing,
                boolean fresh,
                String token,
                Optional<String> cookie)
                implements Outcome {

            /** What they are told; empty where nobody knows yet how long the line is. */
            public Optional<StatusDocument> document() {
                return StatusDocument.of(ticket, standing, room, token);
            }
        }

        record Refused(Problem problem) implements Outcome {}
    }

    // ── before the server knows of it ───────────────────────────────────────────────────────────

    /** Of a join, whether it may say no more than which room, in a few bytes. */
    public static boolean mayBeShort(Caller join) {
        String length = join.header(HttpHeaderNames.CONTENT_LENGTH);
        return length == null
                || length.equals("0")
                || isShort(length)
                        && HttpHeaderValues.APPLICATION_JSON.contentEqualsIgnoreCase(
                                join.header(HttpHeaderNames.CONTENT_TYPE));
    }

    private static boolean isShort(String length) {
        return length.length() <= 3 && Integer.parseInt(length) <= LONGEST_BODY;
    }

    /** Null if it says more. */
    public @Nullable Mono<FullHttpResponse> answer(Caller join, ByteBuf body) {
        Matcher said = BODY.matcher(body.toString(StandardCharsets.ISO_8859_1));
        return said.matches()
                ? join(join, said.group(1))
                        .map(outcome -> answer(join, outcome))
                        .onErrorResume(
                                e -> Mono.just(answers.problem(join, answers.mistake(join, e))))
                : null;
    }

    FullHttpResponse answer(Caller join, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Placed place ->
                    place.document()
                            .map(
                                    it ->
                                            answers.status(
                                                    place.fresh() ? 201 : 200, it, place.cookie()))
                            .orElseGet(() -> answers.problem(join, Refusals.UNAVAILABLE));
            case Outcome.Refused(Problem problem) -> answers.problem(join, problem);
        };
    }

    /** Whether the cookie of a room is that of somebody whose turn has not come. */
    public boolean mayWait(Caller caller, RoomId id) {
        return rooms.find(id)
                .flatMap(
                        room ->
                                credentials
                                        .ticket(caller, room)
                                        .filter(ticket -> !hasBeenCalled(room, ticket)))
                .isPresent();
    }

    private static boolean hasBeenCalled(Room room, Ticket ticket) {
        return room.lastView()
                .filter(view -> ticket.sequence() <= view.line().cursor())
                .isPresent();
    }

    // ── a place ─────────────────────────────────────────────────────────────────────────────────

    /**
     * @param name what is said to be the room, whatever it is; null for the only one, or the one
     *     called main
     */
    public Mono<Outcome> join(Caller caller, @Nullable Object name) {
        return (name == null ? onlyRoom() : named(name))
                .map(room -> join(caller, room))
                .orElseGet(() -> refused(noSuchRoom(name)));
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
        return name == null ? Problem.invalid("room", "be there") : Refusals.NO_ROOM;
    }

    /** The same for a page, which goes with the cookie. */
    public Mono<Outcome> join(ServerWebExchange exchange, Room room) {
        return join(Caller.of(exchange), room)
                .doOnNext(
                        outcome -> {
                            if (outcome instanceof Outcome.Placed placed) {
                                placed.cookie().ifPresent(it -> Answers.addCookie(exchange, it));
                            }
                        });
    }

    private Mono<Outcome> join(Caller caller, Room room) {
        return shares.of(caller).mayHave(Limit.JOINS)
                ? credentials.applicant(caller).flatMap(comer -> unlessBanned(caller, room, comer))
                : refused(Refusals.HASTY);
    }

    private Mono<Outcome> unlessBanned(Caller caller, Room room, Identity comer) {
        return ban(caller, room, comer)
                .map(
                        ban -> {
                            meters.joined(room.id().name(), "banned");
                            return refused(Refusals.banned(ban));
                        })
                .orElseGet(() -> join(caller, room, comer));
    }

    /** Of the network, of whoever they say they are, or of whoever held the place they show. */
    private Optional<Bans.Ban> ban(Caller caller, Room room, Identity comer) {
        return room.lastView()
                .filter(view -> !view.bans().areNone())
                .flatMap(
                        view ->
                                view.bans()
                                        .of(
                                                network(caller),
                                                user(caller, room, comer),
                                                view.now()));
    }

    private Optional<UserId> user(Caller caller, Room room, Identity comer) {
        return comer instanceof Identity.Known(Bearer(UserId user, _))
                ? Optional.of(user)
                : credentials.ticket(caller, room).map(Ticket::user);
    }

    private Mono<Outcome> join(Caller caller, Room room, Identity comer) {
        return switch (comer) {
            case Identity.Known(Bearer(UserId user, _)) -> joinAs(caller, room, user);
            case Identity.Guest _ ->
                    credentials
                            .ticket(caller, room)
                            .map(held -> joinAgain(caller, room, held))
                            .orElseGet(() -> joinAsGuest(caller, room));
            case Identity.Refused _ -> refused(Problem.of(ProblemCode.ACCESS_TOKEN_INVALID));
            case Identity.Unavailable _ -> refused(Refusals.IDENTITY_UNAVAILABLE);
        };
    }

    /** Whoever shows a ticket of their own keeps the place that it names, also after a loss. */
    private Mono<Outcome> joinAs(Caller caller, Room room, UserId user) {
        Optional<Ticket> own =
                credentials.ticket(caller, room).filter(held -> held.user().equals(user));
        return placed(
                caller,
                room,
                own,
                own.map(held -> room.joinAs(held, loop(caller)))
                        .orElseGet(() -> room.join(user, loop(caller))));
    }

    /** A ticket is a place and says nothing of who comes: without the place it is worth nothing. */
    private Mono<Outcome> joinAgain(Caller caller, Room room, Ticket held) {
        Mono<Joined> again =
                room.joinAgain(held, loop(caller))
                        .filter(joined -> !(joined instanceof Joined.Over));
        return placed(caller, room, Optional.of(held), again)
                .switchIfEmpty(Mono.defer(() -> joinAsGuest(caller, room)));
    }

    private Mono<Outcome> joinAsGuest(Caller caller, Room room) {
        return room.settings().guests()
                ? placed(caller, room, Optional.empty(), room.join(newGuest(caller), loop(caller)))
                : refused(Problem.of(ProblemCode.GUESTS_NOT_ALLOWED));
    }

    private static Executor loop(Caller caller) {
        return caller.channel().eventLoop();
    }

    private UserId newGuest(Caller caller) {
        return network(caller).map(guests::from).orElseGet(UserId::random);
    }

    private Optional<Network> network(Caller caller) {
        return proxies.client(caller).map(Network::of);
    }

    private Mono<Outcome> placed(
            Caller caller, Room room, Optional<Ticket> shown, Mono<Joined> joined) {
        Share share = shares.of(caller);
        Mono<Outcome> joining =
                joined.doOnNext(place -> takenBy(share, place))
                        .map(place -> outcome(caller, room, place))
                        .onErrorResume(LineUnavailable.class, away -> unavailable(room, away));
        return shown.filter(share::holds).isPresent() ? joining : oneMore(share, joining);
    }

    /** So that many at once do not take more than one after the other. */
    private static Mono<Outcome> oneMore(Share share, Mono<Outcome> joining) {
        return Mono.using(
                share::asksForPlace,
                mayHaveIt -> mayHaveIt ? joining : refused(Refusals.TOO_MANY_PLACES),
                _ -> share.hasAskedForPlace());
    }

    private static void takenBy(Share share, Joined joined) {
        if (joined instanceof Joined.Placed(Ticket ticket, _, _)) {
            share.shows(ticket);
        }
    }

    private Outcome outcome(Caller caller, Room room, Joined joined) {
        return switch (joined) {
            case Joined.Placed(Ticket ticket, Standing standing, boolean fresh) -> {
                meters.joined(room.id().name(), fresh ? "new" : "held");
                String token = token(caller, room, ticket);
                yield new Outcome.Placed(
                        room, ticket, standing, fresh, token, cookie(caller, room, token));
            }
            case Joined.Full _ -> {
                meters.joined(room.id().name(), "full");
                yield new Outcome.Refused(Refusals.FULL);
            }
            case Joined.Refused _, Joined.Over _ -> {
                meters.joined(room.id().name(), "refused");
                yield new Outcome.Refused(Refusals.CLOSED);
            }
        };
    }

    private String token(Caller caller, Room room, Ticket ticket) {
        return queueTokens.signAgain(
                ticket, Optional.ofNullable(credentials.queueToken(caller, room.id())));
    }

    /**
     * Not on the word of another site: its form would put a new place over the one that the visitor
     * has, which a browser does not show to that site's requests.
     */
    private Optional<String> cookie(Caller caller, Room room, String token) {
        boolean isForeignForm =
                "cross-site".equals(caller.header("Sec-Fetch-Site"))
                        && !caller.method().equals(HttpMethod.GET);
        return isForeignForm
                ? Optional.empty()
                : Optional.of(credentials.keep(caller, room.id(), token));
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
