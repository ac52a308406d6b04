package dev.stagedoor.gateway.gate;

import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Bearers;
import dev.stagedoor.gateway.visitor.Caller;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RedisDown;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Optional;

/**
 * Decides on every request to a guarded path: at once wherever this gateway knows enough, as it
 * does of nearly all.
 */
@Component
public final class Gate {

    private final Credentials credentials;
    private final QueueTokens tokens;
    private final Bearers bearers;
    private final Throttle openPaths;

    Gate(
            Credentials credentials,
            QueueTokens tokens,
            Bearers bearers,
            GatewayProperties properties) {
        this.credentials = credentials;
        this.tokens = tokens;
        this.bearers = bearers;
        this.openPaths = new Throttle(properties.openPathsPerSecond(), System::nanoTime);
    }

    /** Empty where somebody has to be asked. */
    public Optional<Decision> known(Guarded guarded, Caller caller) {
        return switch (look(guarded, caller)) {
            case Look.Enough(Decision decision) -> Optional.of(decision);
            case Look.At(Room room, Ticket ticket) ->
                    bearers.areSomebodyElse(caller, ticket.user())
                            .flatMap(other -> known(room, ticket, other));
        };
    }

    private static Optional<Decision> known(Room room, Ticket ticket, boolean isOfSomebodyElse) {
        return isOfSomebodyElse
                ? Optional.of(new Decision.Invalid(room))
                : room.usedAtOnce(ticket).map(standing -> decide(room, ticket, standing));
    }

    public Mono<Decision> decide(Guarded guarded, Caller caller) {
        return switch (look(guarded, caller)) {
            case Look.Enough(Decision decision) -> Mono.just(decision);
            case Look.At(Room room, Ticket ticket) ->
                    bearers.askWhetherSomebodyElse(caller, ticket.user())
                            .flatMap(
                                    other ->
                                            other
                                                    ? Mono.just(new Decision.Invalid(room))
                                                    : ask(room, ticket));
        };
    }

    /** What the request alone tells: enough to decide, or a good ticket, whose standing decides. */
    private sealed interface Look {
        record Enough(Decision decision) implements Look {}

        record At(Room room, Ticket ticket) implements Look {}
    }

    /**
     * In this order: open paths need no turn; a closed room lets nobody pass; without a token only
     * an open room is passed; one that is shown must be a good one.
     */
    private Look look(Guarded guarded, Caller caller) {
        Room room = guarded.room();
        if (guarded.isOpenFor(caller.method())) {
            return new Look.Enough(
                    openPaths.allows()
                            ? new Decision.PassedOpenPath(room)
                            : new Decision.Throttled(room));
        }
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
        return tokens.verify(token)
                .filter(ticket -> ticket.room().equals(room.id()))
                .<Look>map(ticket -> new Look.At(room, ticket))
                .orElseGet(() -> new Look.Enough(new Decision.Invalid(room)));
    }

    private static Mono<Decision> ask(Room room, Ticket ticket) {
        return room.use(ticket)
                .map(standing -> decide(room, ticket, standing))
                .onErrorResume(
                        LineUnavailable.class, _ -> Mono.just(nobodyCanVouchFor(room, ticket)));
    }

    private static Decision decide(Room room, Ticket ticket, Standing standing) {
        return switch (standing) {
            case Standing.Active _ -> new Decision.Passed(room, ticket);
            case Standing.Ended _ when isOpen(room) ->
                    new Decision.WalkedIn(room, Optional.empty());
            case Standing _ when isOpen(room) -> new Decision.WalkedIn(room, Optional.of(ticket));
            case Standing.Waiting(long ahead) -> new Decision.Waiting(room, ticket, ahead);
            case Standing.Ended(EndReason reason) -> new Decision.Ended(room, reason);
        };
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
