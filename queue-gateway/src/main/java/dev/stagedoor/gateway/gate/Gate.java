package dev.stagedoor.gateway.gate;

import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.gateway.waitingroom.RedisDown;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Decides on every request to a guarded path. */
public final class Gate {

    private final QueueTokens tokens;
    private final GatewayMeters meters;

    public Gate(QueueTokens tokens, GatewayMeters meters) {
        this.tokens = tokens;
        this.meters = meters;
    }

    public Mono<Decision> decide(Room room, Optional<String> token) {
        return decision(room, token)
                .doOnNext(decision -> meters.decided(room.id().name(), decision.outcome()));
    }

    /** Lets whoever is inside for certain pass; nobody else is decided on. */
    public Optional<Decision.Passed> passesAtOnce(Room room, String token) {
        if (room.settings().mode() == Mode.CLOSED) {
            return Optional.empty();
        }
        Optional<Decision.Passed> passed =
                tokens.verify(token)
                        .filter(ticket -> ticket.room().equals(room.id()))
                        .filter(room::letsPassAtOnce)
                        .map(Decision.Passed::new);
        passed.ifPresent(decision -> meters.decided(room.id().name(), decision.outcome()));
        return passed;
    }

    /**
     * In this order: a closed room lets nobody pass; a token that is shown must be a good one;
     * without one only an open room is passed; with one, its standing decides.
     */
    private Mono<Decision> decision(Room room, Optional<String> token) {
        if (room.settings().mode() == Mode.CLOSED) {
            return Mono.just(new Decision.Closed());
        }
        if (token.isEmpty()) {
            return Mono.just(
                    isOpen(room)
                            ? new Decision.WalkedIn(Optional.empty())
                            : new Decision.Missing());
        }
        return tokens.verify(token.get())
                .filter(ticket -> ticket.room().equals(room.id()))
                .map(ticket -> decide(room, ticket))
                .orElseGet(() -> Mono.just(new Decision.Invalid()));
    }

    private Mono<Decision> decide(Room room, Ticket ticket) {
        return room.use(ticket)
                .map(standing -> decide(room, ticket, standing))
                .onErrorResume(
                        LineUnavailable.class, _ -> Mono.just(nobodyCanVouchFor(room, ticket)));
    }

    private static Decision decide(Room room, Ticket ticket, Standing standing) {
        return switch (standing) {
            case Standing.Active _ -> new Decision.Passed(ticket);
            case Standing _ when isOpen(room) -> new Decision.WalkedIn(Optional.of(ticket));
            case Standing.Waiting(long ahead) -> new Decision.Waiting(ticket, ahead);
            case Standing.Ended(EndReason reason) -> new Decision.Ended(reason);
        };
    }

    /** Nobody need vouch for those who come to an open room. */
    private static Decision nobodyCanVouchFor(Room room, Ticket ticket) {
        return isOpen(room)
                ? new Decision.WalkedIn(Optional.of(ticket))
                : switch (room.settings().onRedisDown()) {
                    case RedisDown.OPEN -> new Decision.FailedOpen(ticket);
                    case RedisDown.CLOSED -> new Decision.Unavailable();
                };
    }

    private static boolean isOpen(Room room) {
        return room.settings().mode() == Mode.OPEN;
    }
}
