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

    /** Tickets of an earlier epoch, and the one they have been put back in. */
    private final Cache<Ticket, Long> takenBack =
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
            case Standing.Active(Instant until) -> sessions.put(ticket, until);
            case Standing.Waiting _ -> {
                sessions.remove(ticket.user(), ticket.sequence());
                signs.waiting(ticket);
            }
            case Standing.Ended(EndReason reason) ->
                    depart(ticket.user(), ticket.sequence(), reason);
        }
    }

    void depart(UserId user, long sequence, EndReason reason) {
        sessions.remove(user, sequence);
        departures.put(user, sequence, reason);
    }

    void endHere(Ticket ticket, EndReason reason) {
        sessions.remove(ticket.user(), ticket.sequence());
        departures.untold(ticket, reason);
    }

    /**
     * What became of signs of life: the end of the session, 0 for one who waits, -1 for one who is
     * gone.
     */
    void learn(List<Sign> batch, List<Long> ends) {
        for (int i = 0; i < batch.size(); i++) {
            Ticket ticket = batch.get(i).ticket();
            long end = ends.get(i);
            if (end > 0) {
                sessions.put(ticket, Instant.ofEpochMilli(end));
            } else if (end < 0) {
                sessions.remove(ticket.user(), ticket.sequence());
                departures.unclear(ticket);
            }
        }
    }

    void rememberAll(List<Vouched> vouched, List<Standing> standings) {
        for (int i = 0; i < vouched.size(); i++) {
            remember(vouched.get(i).ticket(), standings.get(i));
        }
    }

    Vouched vouchFor(Ticket ticket, Instant now) {
        return new Vouched(ticket, sessions.end(ticket, now));
    }

    void takenBack(Ticket ticket, long epoch) {
        takenBack.put(ticket, epoch);
    }

    /** Whether a ticket dates from before a loss, and has not been put back since. */
    boolean isOfEarlierEpoch(Ticket ticket, long epoch) {
        if (ticket.epoch() >= epoch) {
            return false;
        }
        Long since = takenBack.getIfPresent(ticket);
        return since == null || since != epoch;
    }

    Optional<Standing> verdict(Ticket ticket, Instant now) {
        return sessions.find(ticket, now);
    }
}
