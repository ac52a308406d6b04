package dev.stagedoor.gateway.gate;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.gateway.gate.RoomPaths.Guarded;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RedisDown;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.handler.codec.http.HttpMethod;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Optional;
import java.util.Set;

/**
 * Decides on every request to a guarded path: at once wherever this gateway knows enough, as it
 * does of nearly all.
 */
@Component
public record Gate(Credentials credentials, Shares shares) {

    private static final Set<HttpMethod> LOOKING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    /** Empty where somebody has to be asked. */
    public Optional<Decision> known(Guarded guarded, Caller caller) {
        Look look = look(guarded, caller);
        return look instanceof Look.Enough(Decision decision)
                ? Optional.of(decision)
                : credentials.knownBearer(caller).flatMap(it -> known(look, caller, it));
    }

    private Optional<Decision> known(Look look, Caller caller, Optional<Bearer> named) {
        return switch (closer(look, caller, named)) {
            case Look.Enough(Decision decision) -> Optional.of(decision);
            case Look.At(Room room, Ticket ticket) ->
                    room.usedAtOnce(ticket).map(it -> decide(room, caller, ticket, it));
            case Look.AtOpenPath(Room room, Ticket ticket) ->
                    room.known(ticket).map(it -> atOpenPath(room, caller, ticket, it));
            case Look.AtSignedInPath(Room room, Ticket ticket) ->
                    room.usedAtOnce(ticket)
                            .map(it -> signedIn(room, caller, named.get(), ticket, it));
        };
    }

    public Mono<Decision> decide(Guarded guarded, Caller caller) {
        Look look = look(guarded, caller);
        return look instanceof Look.Enough(Decision decision)
                ? Mono.just(decision)
                : credentials.askForBearer(caller).flatMap(it -> ask(look, caller, it));
    }

    private Mono<Decision> ask(Look look, Caller caller, Optional<Bearer> named) {
        return switch (closer(look, caller, named)) {
            case Look.Enough(Decision decision) -> Mono.just(decision);
            case Look.At(Room room, Ticket ticket) -> ask(room, caller, ticket);
            case Look.AtOpenPath(Room room, Ticket ticket) -> askAtOpenPath(room, caller, ticket);
            case Look.AtSignedInPath(Room room, Ticket ticket) ->
                    askSignedIn(room, caller, named.get(), ticket);
        };
    }

    private Mono<Decision> askSignedIn(Room room, Caller caller, Bearer bearer, Ticket ticket) {
        return room.use(ticket)
                .map(standing -> signedIn(room, caller, bearer, ticket, standing))
                .onErrorResume(
                        LineUnavailable.class,
                        _ -> Mono.fromSupplier(() -> signedIn(room, caller, bearer)));
    }

    /** Whoever is inside passes as such; to everybody else the line is no matter. */
    private Decision signedIn(
            Room room, Caller caller, Bearer bearer, Ticket ticket, Standing standing) {
        isShown(caller, ticket, standing);
        return standing instanceof Standing.Active
                ? new Decision.Passed(room, ticket)
                : signedIn(room, caller, bearer);
    }

    private Mono<Decision> askAtOpenPath(Room room, Caller caller, Ticket ticket) {
        return room.standing(ticket)
                .map(standing -> atOpenPath(room, caller, ticket, standing))
                .onErrorResume(
                        LineUnavailable.class,
                        _ -> Mono.fromSupplier(() -> fromOutside(room, caller)));
    }

    /** What the request alone tells: enough to decide, or a good ticket, whose standing decides. */
    private sealed interface Look {
        record Enough(Decision decision) implements Look {}

        record At(Room room, Ticket ticket) implements Look {}

        /** Which it does not need to pass, but perhaps not to stand among the crowd. */
        record AtOpenPath(Room room, Ticket ticket) implements Look {}

        /**
         * With an access token: a good one needs no turn.
         *
         * @param ticket that is good; null without one
         */
        record AtSignedInPath(Room room, @Nullable Ticket ticket) implements Look {}
    }

    /** With whom the access token names: to whoever is somebody else, a ticket is none. */
    private Look closer(Look look, Caller caller, Optional<Bearer> named) {
        return switch (look) {
            case Look.At(Room room, Ticket ticket) when Credentials.isSomebodyElse(named, ticket) ->
                    new Look.Enough(new Decision.Invalid(room));
            case Look.AtOpenPath(Room room, Ticket ticket)
                    when Credentials.isSomebodyElse(named, ticket) ->
                    new Look.Enough(fromOutside(room, caller));
            case Look.AtSignedInPath(Room room, _) when named.isEmpty() ->
                    closer(look(room, caller), caller, named);
            case Look.AtSignedInPath(Room room, Ticket ticket)
                    when ticket == null || Credentials.isSomebodyElse(named, ticket) ->
                    new Look.Enough(signedIn(room, caller, named.get()));
            default -> look;
        };
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
                    .<Look>map(ticket -> new Look.AtOpenPath(room, ticket))
                    .orElseGet(() -> new Look.Enough(fromOutside(room, caller)));
        }
        return guarded.isSignedInFor(caller.method()) && credentials.haveAccessToken(caller)
                ? new Look.AtSignedInPath(room, credentials.ticket(caller, room).orElse(null))
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
                .<Look>map(ticket -> new Look.At(room, ticket))
                .orElseGet(() -> new Look.Enough(new Decision.Invalid(room)));
    }

    /** Whoever is inside passes as such: they have nothing to do with the crowd outside. */
    private Decision atOpenPath(Room room, Caller caller, Ticket ticket, Standing standing) {
        isShown(caller, ticket, standing);
        if (!(standing instanceof Standing.Active)) {
            return fromOutside(room, caller);
        }
        return mayWrite(caller) ? new Decision.Passed(room, ticket) : new Decision.Throttled(room);
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

    private Mono<Decision> ask(Room room, Caller caller, Ticket ticket) {
        return room.use(ticket)
                .map(standing -> decide(room, caller, ticket, standing))
                .onErrorResume(
                        LineUnavailable.class, _ -> Mono.just(nobodyCanVouchFor(room, ticket)));
    }

    private Decision decide(Room room, Caller caller, Ticket ticket, Standing standing) {
        isShown(caller, ticket, standing);
        return switch (standing) {
            case Standing.Active _ -> new Decision.Passed(room, ticket);
            case Standing.Ended _ when isOpen(room) ->
                    new Decision.WalkedIn(room, Optional.empty());
            case Standing _ when isOpen(room) -> new Decision.WalkedIn(room, Optional.of(ticket));
            case Standing.Waiting(long ahead) -> new Decision.Waiting(room, ticket, ahead);
            case Standing.Ended(EndReason reason) -> new Decision.Ended(room, reason);
        };
    }

    /** Whatever keeps a place tells whose it is; of those inside, whoever lets them pass does. */
    private void isShown(Caller caller, Ticket ticket, Standing standing) {
        if (standing instanceof Standing.Waiting) {
            shares.of(caller).shows(ticket);
        }
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
}
