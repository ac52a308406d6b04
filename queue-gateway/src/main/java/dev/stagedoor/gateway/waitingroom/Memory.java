package dev.stagedoor.gateway.waitingroom;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.RoomStore.Sign;
import dev.stagedoor.gateway.waitingroom.RoomStore.Vouched;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What this gateway knows of single tickets: verdicts on those inside, ends it has heard of, signs
 * of life that Redis has not been told, and who was taken back after a loss.
 */
final class Memory {

    private final Sessions sessions = new Sessions();
    private final Departures departures = new Departures();
    private final SignsOfLife signs = new SignsOfLife();

    /** Tickets that may have been lost, and the life of the room they have been put back in. */
    private final Cache<Ticket, Life> takenBack =
            Caffeine.newBuilder()
                    .maximumSize(1_000_000)
                    .expireAfterAccess(Duration.ofMinutes(10))
                    .build();

    Sessions sessions() {
        return sessions;
    }

    Departures departures() {
        return departures;
    }

    SignsOfLife signs() {
        return signs;
    }

    void remember(Ticket ticket, Standing standing) {
        switch (standing) {
            case Standing.Active(Instant until) -> {
                departures.clear(ticket);
                letIn(ticket, until);
            }
            case Standing.Waiting _ -> {
                departures.clear(ticket);
                sessions.remove(ticket.user(), ticket.sequence());
                signs.waiting(ticket);
            }
            case Standing.Ended(EndReason reason) ->
                    depart(ticket.user(), ticket.sequence(), reason);
        }
    }

    void depart(UserId user, long sequence, EndReason reason) {
        departures.put(user, sequence, reason);
        sessions.remove(user, sequence);
    }

    /** Why it is over: what was known before stays. */
    EndReason endHere(Ticket ticket, EndReason reason) {
        EndReason first = departures.untold(ticket, reason);
        sessions.remove(ticket.user(), ticket.sequence());
        return first;
    }

    /**
     * An answer of Redis may come later than the news that the ticket is over. Ends are written
     * down before sessions are removed, and looked for after they are put: one of both sees it.
     */
    void letIn(Ticket ticket, Instant until) {
        sessions.put(ticket, until);
        if (departures.reason(ticket).isPresent()) {
            sessions.remove(ticket.user(), ticket.sequence());
        }
    }

    /**
     * What became of signs of life: the end of the session, 0 for one who waits, -1 for one who is
     * gone.
     *
     * @param handingOver whether whoever is vouched for may be gone only because it was lost
     */
    void learn(List<Sign> batch, List<Long> ends, boolean handingOver) {
        for (int i = 0; i < batch.size(); i++) {
            Ticket ticket = batch.get(i).ticket();
            long end = ends.get(i);
            if (end > 0) {
                letIn(ticket, Instant.ofEpochMilli(end));
            } else if (end < 0 && !(handingOver && sessions.has(ticket))) {
                sessions.remove(ticket.user(), ticket.sequence());
                departures.unclear(ticket);
            }
        }
    }

    Vouched vouchFor(Ticket ticket, Instant now) {
        return new Vouched(ticket, sessions.end(ticket, now));
    }

    void takenBack(Ticket ticket, Life life) {
        takenBack.put(ticket, life);
    }

    /** Whether a ticket dates from before a loss, and has not been put back since. */
    boolean mayBeLost(Ticket ticket, RoomView current) {
        return current.mayHaveLost(ticket)
                && !current.life().equals(takenBack.getIfPresent(ticket));
    }

    /** Whether more is known of a ticket than where it stands in line. */
    boolean knows(Ticket ticket) {
        return departures.knows(ticket) || sessions.has(ticket);
    }

    Optional<Standing> verdict(Ticket ticket, Instant now) {
        return sessions.find(ticket, now);
    }
}
