package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Verdicts of Redis on those who are inside: until when each may pass. A verdict falls when the
 * session ends by itself or when the room's channel says so.
 */
public final class Verdicts {

    private final Map<UserId, Session> sessions = new ConcurrentHashMap<>();

    private record Session(Ticket ticket, Instant until) {}

    void put(Ticket ticket, Instant until) {
        sessions.put(ticket.user(), new Session(ticket, until));
    }

    boolean has(Ticket ticket) {
        Session session = sessions.get(ticket.user());
        return session != null && session.ticket().sequence() == ticket.sequence();
    }

    Optional<Standing> find(Ticket ticket, Instant now) {
        return end(ticket, now).map(Standing.Active::new);
    }

    Optional<Instant> end(Ticket ticket, Instant now) {
        Session session = sessions.get(ticket.user());
        return session != null
                        && session.ticket().sequence() == ticket.sequence()
                        && session.until().isAfter(now)
                ? Optional.of(session.until())
                : Optional.empty();
    }

    void remove(UserId user, long sequence) {
        sessions.computeIfPresent(
                user, (_, session) -> session.ticket().sequence() == sequence ? null : session);
    }

    public void dropEnded(Instant now) {
        sessions.values().removeIf(session -> !session.until().isAfter(now));
    }

    public List<LineStore.Vouched> vouched() {
        return sessions.values().stream()
                .map(
                        session ->
                                new LineStore.Vouched(
                                        session.ticket(), Optional.of(session.until())))
                .toList();
    }

    void clear() {
        sessions.clear();
    }
}
