package dev.stagedoor.gateway.waitingroom.known;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Vouched;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What this gateway knows of single tickets: verdicts on those inside, ends it has heard of, signs
 * of life that Redis has not been told, and who was taken back after a loss.
 */
public final class KnownTickets {

    private final Verdicts sessions = new Verdicts();
    private final Ends departures = new Ends();
    private final SignsOfLife signs = new SignsOfLife();

    /** Tickets that may have been lost, and the life of the room they have been put back in. */
    private final Cache<Ticket, Life> takenBack =
            Caffeine.newBuilder()
                    .maximumSize(1_000_000)
                    .expireAfterAccess(Duration.ofMinutes(10))
                    .build();

    public Verdicts sessions() {
        return sessions;
    }

    public Ends departures() {
        return departures;
    }

    public SignsOfLife signs() {
        return signs;
    }

    public void remember(Ticket ticket, Standing standing) {
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

    public void depart(UserId user, long sequence, EndReason reason) {
        departures.put(user, sequence, reason);
        sessions.remove(user, sequence);
    }

    /** Why it is over: what was known before stays. */
    public EndReason endHere(Ticket ticket, EndReason reason) {
        EndReason first = departures.untold(ticket, reason);
        sessions.remove(ticket.user(), ticket.sequence());
        return first;
    }

    /**
     * An answer of Redis may come later than the news that the ticket is over. Ends are written
     * down before sessions are removed, and looked for after they are put: one of both sees it.
     */
    public void letIn(Ticket ticket, Instant until) {
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
    public void learn(List<Sign> batch, List<Long> ends, boolean handingOver) {
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

    public Vouched vouchFor(Ticket ticket, Instant now) {
        return new Vouched(ticket, sessions.end(ticket, now));
    }

    public void takenBack(Ticket ticket, Life life) {
        takenBack.put(ticket, life);
    }

    /** Whether a ticket dates from before a loss, and has not been put back since. */
    public boolean mayBeLost(Ticket ticket, RoomView current) {
        return current.mayHaveLost(ticket)
                && !current.life().equals(takenBack.getIfPresent(ticket));
    }

    /** Whether more is known of a ticket than where it stands in line. */
    public boolean knows(Ticket ticket) {
        return departures.knows(ticket) || sessions.has(ticket);
    }

    public Optional<Standing> verdict(Ticket ticket, Instant now) {
        return sessions.find(ticket, now);
    }
}
