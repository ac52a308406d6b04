package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.GatewayProperties.UnknownHosts;
import dev.stagedoor.gateway.answer.Decision;
import dev.stagedoor.gateway.door.RoomPaths.Guarded;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.line.Polling;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.visitor.Identities.Identity;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RedisDown;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Optional;
import java.util.Set;

/**
 * Where every public request comes in, and the table of the gate, which decides whether one to a
 * guarded path may pass. What is said is the same whoever serves it: {@link NettyDoor} before the
 * framework makes anything of it, or {@link SpringDoor} where somebody has to be asked, a page has
 * to be written, or another site calls.
 */
@Component
record Door(
        QueueAddresses addresses,
        RoomPaths paths,
        Polling polling,
        Credentials credentials,
        Shares shares,
        GatewayProperties properties,
        GatewayMeters meters) {

    private static final Answer MISDIRECTED = new Answer.Nowhere(ProblemCode.MISDIRECTED_REQUEST);

    private static final Answer GOES_ROUND = new Answer.Nowhere(ProblemCode.UPSTREAM_LOOP);

    private static final Set<HttpMethod> LOOKING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    /** What becomes of a request. */
    sealed interface Answer {

        /** At an address of the queue's own, which has routes. */
        record Routed() implements Answer {}

        /** Of a place, or why not. */
        record Told(FullHttpResponse answer) implements Answer {}

        record Gated(Decision decision) implements Answer {}

        /** Of no room, not for the public, or asked of somebody else. */
        record Nowhere(ProblemCode why) implements Answer {}
    }

    /** Empty where somebody has to be asked. */
    Optional<Answer> known(Caller caller) {
        if (isMisdirected(caller)) {
            return Optional.of(MISDIRECTED);
        }
        if (caller.asks(HttpMethod.GET, addresses.current())) {
            return polling.known(caller).map(Answer.Told::new);
        }
        if (caller.goesRound()) {
            return Optional.of(GOES_ROUND);
        }
        Optional<Guarded> guarded = guarded(caller);
        return guarded.isPresent()
                ? known(guarded.get(), caller).map(Answer.Gated::new)
                : Optional.of(unguarded(caller));
    }

    /** Who may be read by other sites is decided with the framework's help. */
    boolean isOfAnotherSite(Caller caller) {
        return !properties.corsOrigins().isEmpty() && caller.header(HttpHeaderNames.ORIGIN) != null;
    }

    Mono<Answer> answer(Caller caller) {
        if (isMisdirected(caller)) {
            return Mono.just(MISDIRECTED);
        }
        if (caller.asks(HttpMethod.GET, addresses.current())) {
            return polling.ask(caller).map(Answer.Told::new);
        }
        if (caller.goesRound()) {
            return Mono.just(GOES_ROUND);
        }
        return guarded(caller)
                .map(guarded -> decide(guarded, caller).<Answer>map(Answer.Gated::new))
                .orElseGet(() -> Mono.just(unguarded(caller)));
    }

    private Optional<Guarded> guarded(Caller caller) {
        return addresses.isOwn(caller) ? Optional.empty() : paths.guarding(caller);
    }

    /** Asked of somebody else. */
    boolean isMisdirected(Caller caller) {
        return properties.unknownHosts() == UnknownHosts.REFUSED && paths.isUnknownHost(caller);
    }

    private Answer unguarded(Caller caller) {
        return addresses.isOwn(caller)
                ? new Answer.Routed()
                : new Answer.Nowhere(ProblemCode.NOT_FOUND);
    }

    // ── the gate ────────────────────────────────────────────────────────────────────────────────

    private Optional<Decision> known(Guarded guarded, Caller caller) {
        Look look = look(guarded, caller);
        return look instanceof Look.Enough(Decision decision)
                ? Optional.of(decision)
                : credentials.known(caller).flatMap(who -> known(look, caller, who));
    }

    private Optional<Decision> known(Look look, Caller caller, Identity who) {
        return switch (closer(look, caller, who)) {
            case Look.Enough(Decision decision) -> Optional.of(decision);
            case Look.At at ->
                    (at.isUse() ? at.room().usedAtOnce(at.ticket()) : at.room().known(at.ticket()))
                            .map(standing -> decide(at, caller, who, standing));
        };
    }

    private Mono<Decision> decide(Guarded guarded, Caller caller) {
        Look look = look(guarded, caller);
        return look instanceof Look.Enough(Decision decision)
                ? Mono.just(decision)
                : credentials.ask(caller).flatMap(who -> ask(look, caller, who));
    }

    private Mono<Decision> ask(Look look, Caller caller, Identity who) {
        return switch (closer(look, caller, who)) {
            case Look.Enough(Decision decision) -> Mono.just(decision);
            case Look.At at ->
                    (at.isUse() ? at.room().use(at.ticket()) : at.room().standing(at.ticket()))
                            .map(standing -> decide(at, caller, who, standing))
                            .onErrorResume(
                                    LineUnavailable.class,
                                    _ -> Mono.fromSupplier(() -> withoutRedis(at, caller, who)));
        };
    }

    /** What the request alone tells: enough to decide, or a good ticket, whose standing decides. */
    private sealed interface Look {
        record Enough(Decision decision) implements Look {}

        /**
         * @param ticket null without a good one, where an access token is enough
         */
        record At(Where where, Room room, @Nullable Ticket ticket) implements Look {

            /** Whoever is at an open path may have no turn to use. */
            boolean isUse() {
                return where != Where.OPEN_PATH;
            }
        }
    }

    private enum Where {
        GUARDED_PATH,
        /** Where nobody needs a ticket to pass, but perhaps not to stand among the crowd. */
        OPEN_PATH,
        /** With an access token: a good one needs no turn. */
        SIGNED_IN_PATH
    }

    /** With whom the access token names: to whoever is somebody else, a ticket is none. */
    private Look closer(Look look, Caller caller, Identity who) {
        if (!(look instanceof Look.At(Where where, Room room, Ticket ticket))) {
            return look;
        }
        if (where == Where.SIGNED_IN_PATH && who.bearer() == null) {
            return closer(look(room, caller), caller, who);
        }
        return ticket != null && !Credentials.isSomebodyElse(who, ticket)
                ? look
                : new Look.Enough(
                        switch (where) {
                            case GUARDED_PATH -> new Decision.Invalid(room);
                            case OPEN_PATH -> fromOutside(room, caller);
                            case SIGNED_IN_PATH -> signedIn(room, caller, who.bearer());
                        });
    }

    /**
     * In this order: open paths need no turn, nor does whoever has signed in where that is enough;
     * a closed room lets nobody pass; without a token only an open room is passed; one that is
     * shown must be a good one.
     */
    private Look look(Guarded guarded, Caller caller) {
        Room room = guarded.room();
        if (guarded.isOpenFor(caller.method())) {
            return credentials
                    .ticket(caller, room)
                    .<Look>map(ticket -> new Look.At(Where.OPEN_PATH, room, ticket))
                    .orElseGet(() -> new Look.Enough(fromOutside(room, caller)));
        }
        return guarded.isSignedInFor(caller.method()) && credentials.haveAccessToken(caller)
                ? new Look.At(
                        Where.SIGNED_IN_PATH, room, credentials.ticket(caller, room).orElse(null))
                : look(room, caller);
    }

    private Look look(Room room, Caller caller) {
        if (room.settings().mode() == Mode.CLOSED) {
            return new Look.Enough(new Decision.Closed(room));
        }
        String token = credentials.queueToken(caller, room.id());
        if (token == null) {
            return new Look.Enough(
                    isOpen(room)
                            ? new Decision.WalkedIn(room, Optional.empty())
                            : new Decision.Missing(room));
        }
        return credentials
                .ticket(token, room)
                .<Look>map(ticket -> new Look.At(Where.GUARDED_PATH, room, ticket))
                .orElseGet(() -> new Look.Enough(new Decision.Invalid(room)));
    }

    private Decision decide(Look.At at, Caller caller, Identity who, Standing standing) {
        Room room = at.room();
        boolean isInside = standing instanceof Standing.Active;
        // Whatever keeps a place tells whose it is; of those inside, whoever lets them pass does.
        if (standing instanceof Standing.Waiting) {
            shares.of(caller).shows(at.ticket());
        }
        return switch (at.where()) {
            case GUARDED_PATH -> atGuardedPath(room, at.ticket(), standing);
            case OPEN_PATH -> isInside ? insideAtOpenPath(at, caller) : fromOutside(room, caller);
            case SIGNED_IN_PATH ->
                    isInside
                            ? new Decision.Passed(room, at.ticket())
                            : signedIn(room, caller, who.bearer());
        };
    }

    /** They pass as such: they have nothing to do with the crowd outside. */
    private Decision insideAtOpenPath(Look.At at, Caller caller) {
        return mayWrite(caller)
                ? new Decision.Passed(at.room(), at.ticket())
                : new Decision.Throttled(at.room());
    }

    private static Decision atGuardedPath(Room room, Ticket ticket, Standing standing) {
        return switch (standing) {
            case Standing.Active _ -> new Decision.Passed(room, ticket);
            case Standing.Ended _ when isOpen(room) ->
                    new Decision.WalkedIn(room, Optional.empty());
            case Standing _ when isOpen(room) -> new Decision.WalkedIn(room, Optional.of(ticket));
            case Standing.Waiting(long ahead) -> new Decision.Waiting(room, ticket, ahead);
            case Standing.Ended(EndReason reason) -> new Decision.Ended(room, reason);
        };
    }

    private Decision withoutRedis(Look.At at, Caller caller, Identity who) {
        return switch (at.where()) {
            case GUARDED_PATH -> nobodyCanVouchFor(at.room(), at.ticket());
            case OPEN_PATH -> fromOutside(at.room(), caller);
            case SIGNED_IN_PATH -> signedIn(at.room(), caller, who.bearer());
        };
    }

    private Decision fromOutside(Room room, Caller caller) {
        return mayWrite(caller) && shares.of(caller).mayHave(Limit.OPEN_PATHS)
                ? new Decision.PassedOpenPath(room)
                : new Decision.Throttled(room);
    }

    private Decision signedIn(Room room, Caller caller, Bearer bearer) {
        return shares.of(caller).mayHave(Limit.SIGNED_IN)
                ? new Decision.PassedSignedIn(room, bearer)
                : new Decision.Throttled(room);
    }

    /** What is not only looked at leaves something behind, such as an account. */
    private boolean mayWrite(Caller caller) {
        return LOOKING.contains(caller.method()) || shares.of(caller).mayHave(Limit.OPEN_WRITES);
    }

    /** Nobody need vouch for those who come to an open room. */
    private static Decision nobodyCanVouchFor(Room room, Ticket ticket) {
        return isOpen(room)
                ? new Decision.WalkedIn(room, Optional.of(ticket))
                : switch (room.settings().onRedisDown()) {
                    case RedisDown.OPEN -> new Decision.FailedOpen(room, ticket);
                    case RedisDown.CLOSED -> new Decision.Unavailable(room);
                };
    }

    private static boolean isOpen(Room room) {
        return room.settings().mode() == Mode.OPEN;
    }

    // ── what comes of it ────────────────────────────────────────────────────────────────────────

    /** Once for every request, by whoever carries it out. */
    void count(Decision decision) {
        meters.decided(decision.room().id().name(), decision.outcome());
    }

    /** What one door has found out of a request, and leaves to the next one. */
    sealed interface Left {

        AttributeKey<Left> LEFT = AttributeKey.valueOf("stagedoor-left");

        /** What is to be carried out. */
        record Known(Answer answer) implements Left {}

        /** What is on its way already. */
        record Begun(UpstreamForwarder.Begun request) implements Left {}

        record Refused(Problem problem) implements Left {}

        static void leave(Channel channel, Left left) {
            channel.attr(LEFT).set(left);
        }

        /** If nobody has taken it: by now it may be that of the next request. */
        static void takeBack(Channel channel, Left left) {
            channel.attr(LEFT).compareAndSet(left, null);
        }

        static @Nullable Left take(Channel channel) {
            return channel.attr(LEFT).getAndSet(null);
        }
    }
}
