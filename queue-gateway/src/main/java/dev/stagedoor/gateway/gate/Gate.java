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
            case Look.At at ->
                    (at.isUse() ? at.room().usedAtOnce(at.ticket()) : at.room().known(at.ticket()))
                            .map(standing -> decide(at, caller, named, standing));
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
            case Look.At at ->
                    (at.isUse() ? at.room().use(at.ticket()) : at.room().standing(at.ticket()))
                            .map(standing -> decide(at, caller, named, standing))
                            .onErrorResume(
                                    LineUnavailable.class,
                                    _ -> Mono.fromSupplier(() -> withoutRedis(at, caller, named)));
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
    private Look closer(Look look, Caller caller, Optional<Bearer> named) {
        if (!(look instanceof Look.At(Where where, Room room, Ticket ticket))) {
            return look;
        }
        if (where == Where.SIGNED_IN_PATH && named.isEmpty()) {
            return closer(look(room, caller), caller, named);
        }
        return ticket != null && !Credentials.isSomebodyElse(named, ticket)
                ? look
                : new Look.Enough(
                        switch (where) {
                            case GUARDED_PATH -> new Decision.Invalid(room);
                            case OPEN_PATH -> fromOutside(room, caller);
                            case SIGNED_IN_PATH -> signedIn(room, caller, named.get());
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

    private Decision decide(Look.At at, Caller caller, Optional<Bearer> named, Standing standing) {
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
                            : signedIn(room, caller, named.get());
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

    private Decision withoutRedis(Look.At at, Caller caller, Optional<Bearer> named) {
        return switch (at.where()) {
            case GUARDED_PATH -> nobodyCanVouchFor(at.room(), at.ticket());
            case OPEN_PATH -> fromOutside(at.room(), caller);
            case SIGNED_IN_PATH -> signedIn(at.room(), caller, named.get());
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
}
